# GET as a browser uses it: pages, downloads, refusals, validators, ranges, connections.
# Run: powershell -File test_get_requests.ps1 [-BaseUrl http://127.0.0.1:8080 | -StartServer]    (exit code: failures)
# Twin: tests/test_get_requests.sh has the same checks in the same order.
param([string]$BaseUrl = 'http://127.0.0.1:8080', [switch]$StartServer)
. (Join-Path $PSScriptRoot 'blackbox.ps1')
Start-BlackBox $BaseUrl -StartServer:$StartServer

function Test-SavedFile {
    # What Invoke-WebRequest saves under the name that the answer gives is the file, whole.
    param([string]$File)
    $saved = Join-Path ([System.IO.Path]::GetTempPath()) ([Guid]::NewGuid().ToString('N'))
    try {
        $answer = Invoke-WebRequest -UseBasicParsing -TimeoutSec 20 -Uri "$($Script:BaseUrl)/${File}?from=powershell" `
            -OutFile $saved -PassThru
        $disposition = @($answer.Headers['Content-Disposition'])[0]
        if ($disposition -cne "attachment; filename=`"$File`"") { "expected a file named $File, came $disposition" }
        $length = [long]@($answer.Headers['Content-Length'])[0]
        if ((Get-Item $saved).Length -ne $length) { "expected $length bytes, came $((Get-Item $saved).Length)" }
        $original = Join-Path $Script:Resources $File
        if ((Test-Path $original) -and (Get-FileHash $original).Hash -ne (Get-FileHash $saved).Hash) { "$File came changed" }
    } finally {
        Remove-Item $saved -ErrorAction SilentlyContinue
    }
}

Invoke-CheckTable @'
# Pages are shown
/ is the index page                     | GET /             | 200 | < Content-Type: text/html; charset=utf-8 | <= index.html
/index.html is shown                    | GET /index.html   | 200 | < Content-Type: text/html; charset=utf-8 | <= index.html
/about.html is shown                    | GET /about.html   | 200 | < Content-Type: text/html; charset=utf-8 | <= about.html
/contact.html is shown                  | GET /contact.html | 200 | < Content-Type: text/html; charset=utf-8 | <= contact.html
a page is not an attachment             | GET /index.html   | 200 | < !Content-Disposition
every answer names its server           | GET /index.html   | 200 | < Server: Multi-threaded HTTP Server
every answer carries its date           | GET /index.html   | 200 | < Date: (Mon|Tue|Wed|Thu|Fri|Sat|Sun), [0-3][0-9] [A-Z][a-z][a-z] 20[0-9][0-9] [0-2][0-9]:[0-5][0-9]:[0-6][0-9] GMT
every answer carries its length         | GET /index.html   | 200 | < Content-Length: [1-9][0-9]*
a refusal is as complete as an answer   | GET /missing.html | 404 | < Server: Multi-threaded HTTP Server | < Date: .+ GMT | < Content-Length: [1-9][0-9]* | < Content-Type: text/html; charset=utf-8
a query string is ignored               | GET /about.html?a=1&b=../../c | 200 | <= about.html
percent coding is decoded               | GET /%61bout%2Ehtml | 200 | <= about.html

# Files are saved
sample.txt is saved under its name      | GET /sample.txt   | 200 | < Content-Type: application/octet-stream | < Content-Disposition: attachment; filename="sample\.txt" | <= sample.txt
logo.png is saved under its name        | GET /logo.png     | 200 | < Content-Type: application/octet-stream | < Content-Disposition: attachment; filename="logo\.png" | <= logo.png
photo.png is saved under its name       | GET /photo.png    | 200 | < Content-Type: application/octet-stream | < Content-Disposition: attachment; filename="photo\.png" | <= photo.png
family.jpg is saved under its name      | GET /family.jpg   | 200 | < Content-Type: application/octet-stream | < Content-Disposition: attachment; filename="family\.jpg" | <= family.jpg
friend.jpg is saved under its name      | GET /friend.jpg   | 200 | < Content-Type: application/octet-stream | < Content-Disposition: attachment; filename="friend\.jpg" | <= friend.jpg
pages may show the pictures they load   | GET /logo.png     | 200 | < !X-Content-Type-Options

# What is refused
a missing page is 404                   | GET /missing.html | 404 | << <html
a missing file of no known type is 404  | GET /missing.exe  | 404
a missing folder is 404                 | GET /missing/     | 404
a file of another type is 415           | GET /icons/spindle.svg | 415 | << <html
capitals do not change a file's type    | GET /SAMPLE.TXT   | 200|404
a folder is redirected to its slash     | GET /icons        | 301|302|307|308 | < Location: .*/icons/
a folder without an index page is 404   | GET /icons/       | 404
the uploads folder is never listed      | GET /uploads      | 403
nor with its slash                      | GET /uploads/     | 403
what might be in uploads is never told  | GET /uploads/missing.json | 403
HEAD is 405                             | HEAD /index.html  | 405 | < Allow: GET
PUT is 405                              | PUT /index.html   | >> new | 405 | < Allow: GET
DELETE is 405                           | DELETE /index.html | 405 | < Allow: GET
a method nobody knows is 405            | BREW /index.html  | 405 | < Allow: GET
methods match their case                | get /index.html   | 405 | < Allow: GET
the refusal of a path comes first       | DELETE /../index.html | 403

# Validators (RFC 9110, section 13)
a strong entity tag is sent             | GET /photo.png | 200 | < ETag: "[^"]+" | < Accept-Ranges: bytes
the same tag is 304 without a body      | GET /photo.png | > If-None-Match: @ETag@ | 304 | < ETag: "[^"]+" | < !Content-Type
the tag among others is 304             | GET /photo.png | > If-None-Match: "x", W/@ETag@ | 304
any tag is 304                          | GET /photo.png | > If-None-Match: * | 304
another tag is the file                 | GET /photo.png | > If-None-Match: "another" | 200 | <= photo.png
the time of change is sent              | GET /photo.png | 200 | < Last-Modified: [A-Z][a-z][a-z], [0-3][0-9] .+ GMT
the same time is 304                    | GET /photo.png | > If-Modified-Since: @Last-Modified@ | 304
an earlier time is the file             | GET /photo.png | > If-Modified-Since: Sat, 01 Jan 2000 00:00:00 GMT | 200 | <= photo.png
a tag outranks a time                   | GET /photo.png | > If-None-Match: "another" | > If-Modified-Since: @Last-Modified@ | 200
a time that is none is ignored          | GET /photo.png | > If-Modified-Since: yesterday | 200
If-Match with the same tag is the file  | GET /photo.png | > If-Match: @ETag@ | 200
If-Match with another tag is 412        | GET /photo.png | > If-Match: "another" | 412
unmodified since its time is the file   | GET /photo.png | > If-Unmodified-Since: @Last-Modified@ | 200
unmodified since long ago is 412        | GET /photo.png | > If-Unmodified-Since: Sat, 01 Jan 2000 00:00:00 GMT | 412

# Ranges (RFC 9110, section 14)
the first bytes are 206                 | GET /photo.png | > Range: bytes=1-3 | 206 | < Content-Range: bytes 1-3/[1-9][0-9]* | < Content-Length: 3 | << ^PNG$
one byte is 206                         | GET /photo.png | > Range: bytes=0-0 | 206 | < Content-Range: bytes 0-0/[1-9][0-9]* | < Content-Length: 1
from the start without an end is 206    | GET /photo.png | > Range: bytes=0- | 206 | < Content-Range: bytes 0-[0-9]+/[0-9]+ | <= photo.png
the last bytes are 206                  | GET /photo.png | > Range: bytes=-8 | 206 | < Content-Range: bytes [0-9]+-[0-9]+/[0-9]+ | < Content-Length: 8 | << ^IEND
an end beyond the file is cut           | GET /photo.png | > Range: bytes=0-99999999999 | 206 | <= photo.png
a start beyond the file is 416          | GET /photo.png | > Range: bytes=99999999999- | 416 | < Content-Range: bytes \*/[1-9][0-9]*
no last bytes is 416                    | GET /photo.png | > Range: bytes=-0 | 416 | < Content-Range: bytes \*/[1-9][0-9]*
several ranges are the whole file       | GET /photo.png | > Range: bytes=0-3,8-11 | 200 | <= photo.png
a malformed range is the whole file     | GET /photo.png | > Range: bytes=3-1 | 200 | <= photo.png
another unit is the whole file          | GET /photo.png | > Range: pixels=0-3 | 200 | <= photo.png
If-Range with the same tag is 206       | GET /photo.png | > Range: bytes=0-3 | > If-Range: @ETag@ | 206 | < Content-Length: 4
If-Range with another tag is the file   | GET /photo.png | > Range: bytes=0-3 | > If-Range: "another" | 200 | <= photo.png
an unchanged range is 304               | GET /photo.png | > Range: bytes=0-3 | > If-None-Match: @ETag@ | 304

# Connections (RFC 9112, section 9)
HTTP/1.1 stays open                     | @get@\r\n@next@ | 200 404 | < Connection: keep-alive | < Keep-Alive: timeout=[1-9][0-9]*, max=[1-9][0-9]*
the last answer says close              | GET /index.html | 200 | < Connection: close | < !Keep-Alive
close is understood in any case         | GET /index.html | > Connection: CLOSE | 200 | < Connection: close
HTTP/1.0 closes                         | GET / HTTP/1.0\r\nHost: @host@\r\n\r\n | 200 | < Connection: close
HTTP/1.0 stays open when asked          | GET / HTTP/1.0\r\nHost: @host@\r\nConnection: keep-alive\r\n\r\n@next@ | 200 404 | < Connection: keep-alive
a refused page leaves it open           | GET /missing.html HTTP/1.1\r\nHost: @host@\r\n\r\n@get@@close@ | 404 200
a 304 leaves it open                    | @get@If-None-Match: *\r\n\r\n@next@ | 304 404
the body of a GET is not a request      | @get@Content-Length: 5\r\n\r\nhello@next@ | 200 404
a head in pieces is one request         | GET /ab\pout.html HTT\pP/1.1\r\nHo\pst: @host@\r\n\p@close@ | 200 | <= about.html
an empty line before a request is let go | \r\n@get@@close@ | 200
'@

# And by a client that people use
Invoke-Check 'an ordinary client saves logo.png as a file' { Test-SavedFile 'logo.png' }
Invoke-Check 'an ordinary client saves sample.txt as a file' { Test-SavedFile 'sample.txt' }
Complete-BlackBox
