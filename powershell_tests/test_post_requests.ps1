# POST /upload: what is saved, what is refused and why. Each accepted row leaves a small file in the server's uploads/.
# Run: powershell -File test_post_requests.ps1 [-BaseUrl http://127.0.0.1:8080 | -StartServer]    (exit code: failures)
# Twin: tests/test_post_requests.sh has the same checks in the same order.
param([string]$BaseUrl = 'http://127.0.0.1:8080', [switch]$StartServer)
. (Join-Path $PSScriptRoot 'blackbox.ps1')
Start-BlackBox $BaseUrl -StartServer:$StartServer

function Test-LargeUpload {
    # 1.5 MB, for which Windows PowerShell 5.1 sends Expect: 100-continue by itself.
    $body = '{"text": "' + (New-Object string ' ', 1500000) + '"}'
    $answer = Invoke-WebRequest -UseBasicParsing -TimeoutSec 30 -Method Post -Uri "$($Script:BaseUrl)/upload" `
        -ContentType 'application/json' -Body $body
    if ($answer.StatusCode -ne 201) { "expected 201, came $($answer.StatusCode)" }
    if ($answer.Content -cnotmatch '"status": "success"') { "expected success, came $($answer.Content)" }
}

Invoke-CheckTable @'
# What is saved
an object is created                  | POST /upload | > Content-Type: application/json | >> {"name": "Spindle"} | 201 | < Content-Type: application/json.*
its Location is a name of its own     | POST /upload | > Content-Type: application/json | >> {"n": 1} | 201 | < Location: /uploads/upload_20[0-9]{6}_[0-9]{6}_[0-9a-f]{8}\.json
what was uploaded is never served     | GET @Location@ | 403
nor shown to exist                    | HEAD @Location@ | 403
the answer says success               | POST /upload | > Content-Type: application/json | >> [] | 201 | << "status": "success"
the answer says what happened         | POST /upload | > Content-Type: application/json | >> [] | 201 | << "message": "File created successfully"
the answer says where                 | POST /upload | > Content-Type: application/json | >> [] | 201 | << "filepath": "/uploads/upload_20[0-9]{6}_[0-9]{6}_[0-9a-f]{8}\.json"
a charset of utf-8 is allowed         | POST /upload | > Content-Type: application/json; charset=utf-8 | >> {} | 201
so is one in quotes and capitals      | POST /upload | > Content-Type: application/json;Charset="UTF-8" | >> {} | 201
the type's case does not matter       | POST /upload | > Content-Type: Application/JSON | >> {} | 201
another parameter is allowed          | POST /upload | > Content-Type: application/json; version=1 | >> {} | 201
a bare string is JSON                 | POST /upload | > Content-Type: application/json | >> "text" | 201
a bare number is JSON                 | POST /upload | > Content-Type: application/json | >> -1.5e3 | 201
null is JSON                          | POST /upload | > Content-Type: application/json | >> null | 201
space around the value is JSON        | POST /upload | > Content-Type: application/json | >> \x20\r\n\t{}\r\n | 201
letters beyond ASCII are saved        | POST /upload | > Content-Type: application/json | >> {"\xc3\xa9": "\xf0\x9f\x8e\x89"} | 201
nesting of 100 is allowed             | POST /upload | > Content-Type: application/json | >> @100*[@@100*]@ | 201
a number of 5000 digits is JSON       | POST /upload | > Content-Type: application/json | >> @5000*7@ | 201
a query string is ignored             | POST /upload?from=form | > Content-Type: application/json | >> {} | 201

# How it may be sent
in chunks                             | @post@Transfer-Encoding: chunked\r\n@close@6\r\n{"a": \r\n2\r\n1}\r\n0\r\n\r\n | 201
in chunks with extensions, trailers   | @post@Transfer-Encoding: chunked\r\n@close@2;a=b;c="d"\r\n{}\r\n0\r\nX-Sum: 1\r\n\r\n | 201
the coding's case does not matter     | @post@Transfer-Encoding: Chunked\r\n@close@2\r\n{}\r\n0\r\n\r\n | 201
in pieces                             | @post@Content-Length: 8\r\n@close@{"a"\p: 1}\p | 201
after 100 Continue                    | @post@Content-Length: 8\r\nExpect: 100-continue\r\n@close@\p{"a": 1} | 100 201
after 100 Continue, in any case       | @post@Content-Length: 8\r\nExpect: 100-Continue\r\n@close@\p{"a": 1} | 100 201
in chunks after 100 Continue          | @post@Transfer-Encoding: chunked\r\nExpect: 100-continue\r\n@close@\p2\r\n{}\r\n0\r\n\r\n | 100 201
by HTTP/1.0                           | POST /upload HTTP/1.0\r\nHost: @host@\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{} | 201 | < Connection: close
twice on one connection               | @post@Content-Length: 2\r\n\r\n{}@post@Content-Length: 2\r\n@close@[] | 201 201

# What is no JSON for this server
another content type is 415           | POST /upload | > Content-Type: text/plain | >> {} | 415 | < Content-Type: application/json.* | << ^\{.*\}
a form is 415                         | POST /upload | > Content-Type: application/x-www-form-urlencoded | >> a=b | 415
a longer type is 415                  | POST /upload | > Content-Type: application/json-seq | >> {} | 415
no content type is 415                | POST /upload | >> {} | 415
an empty content type is 415          | POST /upload | > Content-Type:\x20 | >> {} | 415
another charset is 415                | POST /upload | > Content-Type: application/json; charset=iso-8859-1 | >> {} | 415
two content types are refused         | POST /upload | > Content-Type: application/json | > Content-Type: text/plain | >> {} | 400|415
a 415 leaves the connection in step   | POST /upload HTTP/1.1\r\nHost: @host@\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\n{}@next@ | 415( 404)?

# What is no JSON at all: 400 with the reason and the place
half an object is 400                 | POST /upload | > Content-Type: application/json | >> {"a": | 400 | < Content-Type: application/json.* | << ^\{.*(line|column|position|byte|offset|character).*[0-9]
nothing is 400                        | POST /upload | > Content-Type: application/json | >> | 400 | << [Ee]mpty
blanks alone are 400                  | POST /upload | > Content-Type: application/json | >> \x20\x20 | 400
text after the value is 400           | POST /upload | > Content-Type: application/json | >> {} {} | 400
a comma too many is 400               | POST /upload | > Content-Type: application/json | >> [1,] | 400
single quotes are 400                 | POST /upload | > Content-Type: application/json | >> {'a': 1} | 400
a comment is 400                      | POST /upload | > Content-Type: application/json | >> {} // note | 400
NaN is 400                            | POST /upload | > Content-Type: application/json | >> [NaN] | 400 | << NaN
Infinity is 400                       | POST /upload | > Content-Type: application/json | >> [-Infinity] | 400 | << Infinity
a leading zero is 400                 | POST /upload | > Content-Type: application/json | >> [01] | 400
a line break in a string is 400       | POST /upload | > Content-Type: application/json | >> ["a\nb"] | 400
another kind of space is 400          | POST /upload | > Content-Type: application/json | >> \x0b{} | 400
a byte order mark is 400              | POST /upload | > Content-Type: application/json | >> \xef\xbb\xbf{} | 400 | << ([Bb]yte order mark|BOM)
a byte that is not UTF-8 is 400       | POST /upload | > Content-Type: application/json | >> ["\xff"] | 400 | << UTF-8
an overlong letter is 400             | POST /upload | > Content-Type: application/json | >> ["\xc0\xaf"] | 400 | << UTF-8
a surrogate in UTF-8 is 400           | POST /upload | > Content-Type: application/json | >> ["\xed\xa0\x80"] | 400 | << UTF-8
UTF-16 is 400                         | POST /upload | > Content-Type: application/json | >> \xff\xfe[\x00]\x00 | 400
nesting of 101 is 400                 | POST /upload | > Content-Type: application/json | >> @101*[@@101*]@ | 400 | << 100
nesting of 100000 is 400              | POST /upload | > Content-Type: application/json | >> @100000*[@ | 400 | << 100

# Lengths
no length is 411                      | POST /upload HTTP/1.1\r\nHost: @host@\r\nContent-Type: application/json\r\n@close@ | 411
too large is 413 before it is sent    | @post@Content-Length: 999999999999\r\n\r\n | 413
too large is 413 without 100 Continue | @post@Content-Length: 999999999999\r\nExpect: 100-continue\r\n\r\n | 413
a chunk too large is 413              | @post@Transfer-Encoding: chunked\r\n\r\nffffffffff\r\n | 413
another expectation is 417            | @post@Content-Length: 2\r\nExpect: miracles\r\n@close@{} | 417

# POST elsewhere
a page takes no POST                  | POST /index.html | > Content-Type: application/json | >> {} | 405 | < Allow: GET | < Content-Type: application/json.*
nor does /                            | POST / | > Content-Type: application/json | >> {} | 405 | < Allow: GET
where nothing is, it is 404           | POST /missing.html | > Content-Type: application/json | >> {} | 404 | < Content-Type: application/json.*
no name in uploads/ can be chosen     | POST /uploads/new.json | > Content-Type: application/json | >> {} | 403|404
/upload matches its case              | POST /UPLOAD | > Content-Type: application/json | >> {} | 404
/upload/ is another place             | POST /upload/ | > Content-Type: application/json | >> {} | 404
the refusal of a path comes first     | POST /../upload | > Content-Type: text/plain | >> {} | 403 | < Content-Type: application/json.*
'@

# And by a client that people use
Invoke-Check 'an ordinary client uploads 1.5 MB' { Test-LargeUpload }
Complete-BlackBox
