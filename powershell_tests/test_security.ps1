# What an attacker sends: paths out of the root, foreign hosts, smuggled requests, heads beyond the limits.
# Run: powershell -File test_security.ps1 [-BaseUrl http://127.0.0.1:8080 | -StartServer]    (exit code: failures)
# Twin: tests/test_security.sh has the same checks in the same order.
param([string]$BaseUrl = 'http://127.0.0.1:8080', [switch]$StartServer)
. (Join-Path $PSScriptRoot 'blackbox.ps1')
Start-BlackBox $BaseUrl -StartServer:$StartServer

Invoke-CheckTable @'
# Paths: 403, whether or not something is there
two dots                              | GET /../server.py | 403
two dots in the middle                | GET /icons/../index.html | 403
two dots at the end                   | GET /icons/.. | 403
two dots, many times                  | GET /@20*../@etc/passwd | 403
two dots in percent coding            | GET /%2e%2e/server.py | 403
two dots, half in percent coding      | GET /.%2E/server.py | 403
one dot                               | GET /./index.html | 403
one dot in percent coding             | GET /%2e/index.html | 403
an encoded slash                      | GET /icons%2fspindle.svg | 403
dots and an encoded slash             | GET /..%2fserver.py | 403
dots and an encoded backslash         | GET /..%5cserver.py | 403
an encoded backslash                  | GET /icons%5Cspindle.svg | 403
a backslash                           | GET /..\\server.py | 403
percent is decoded once only          | GET /%252e%252e/server.html | 404
an absolute path                      | GET //etc/passwd | 403
a UNC path                            | GET //server/share/file.txt | 403
a UNC path of encoded backslashes     | GET /%5c%5cserver%5cshare%5cfile.txt | 403
an empty segment                      | GET /icons//spindle.svg | 403
an encoded slash at the start         | GET /%2fetc/passwd | 403
a drive                               | GET /C:/Windows/win.ini | 403
a drive in percent coding             | GET /c%3a/Windows/win.ini | 403
a drive-relative path                 | GET /c:index.html | 403
the device AUX with an extension      | GET /aux.txt | 403
the device NUL                        | GET /nul | 403
the device CON                        | GET /CON | 403
the device PRN with two extensions    | GET /prn.tar.txt | 403
the device COM1 with an extension     | GET /COM1.png | 403
the device LPT9 as a folder           | GET /lpt9/index.html | 403
the device COM1 in superscript        | GET /COM%C2%B9.txt | 403
the device CONIN$                     | GET /conin$ | 403
the device CONOUT$                    | GET /CONOUT$ | 403
a device with blanks before its dot   | GET /nul%20.txt | 403
what only begins like a device is not | GET /nullable.txt | 404
a trailing dot                        | GET /index.html. | 403
a trailing blank                      | GET /index.html%20 | 403
a folder with a trailing dot          | GET /icons./spindle.svg | 403
three dots                            | GET /.../index.html | 403
a stream of NTFS                      | GET /index.html::$DATA | 403
a named stream                        | GET /index.html:hidden | 403
a short name                          | GET /PROGRA~1 | 403
a short name with an extension        | GET /ABOUT~1.HTM | 403
an asterisk                           | GET /*.html | 403
a question mark in percent coding     | GET /index.htm%3F | 403
a quotation mark                      | GET /%22index.html%22 | 403
angle brackets                        | GET /%3Cindex%3E.html | 403
a pipe                                | GET /index.html%7Cdir | 403
NUL in percent coding                 | GET /index.html%00.png | 403
a line feed in percent coding         | GET /index.html%0A | 403
escape in percent coding              | GET /%1b%5b31m.html | 403
delete in percent coding              | GET /index%7f.html | 403
invalid UTF-8                         | GET /%ff.html | 403
half a letter of UTF-8                | GET /%c3.html | 403
an overlong dot                       | GET /%c0%ae%c0%ae/server.py | 403
an overlong slash                     | GET /..%c0%afserver.py | 403
a surrogate in UTF-8                  | GET /%ed%a0%80.html | 403
the query is no path                  | GET /index.html?file=../../server.py | 200
the same for POST                     | POST /%2e%2e/upload | > Content-Type: application/json | >> {} | 403
the same below uploads                | GET /uploads/../index.html | 403
the answer does not tell what is there | GET /icons/../missing.html | 403

# Host
the server's own address              | GET /index.html | > Host: @host@ | 200
localhost                             | GET /index.html | > Host: localhost | 200
localhost with the port               | GET /index.html | > Host: localhost:@port@ | 200
localhost in capitals                 | GET /index.html | > Host: LocalHost:@port@ | 200
localhost with a trailing dot         | GET /index.html | > Host: localhost.:@port@ | 200
the loopback address                  | GET /index.html | > Host: 127.0.0.1:@port@ | 200
the loopback address of IPv6          | GET /index.html | > Host: [::1]:@port@ | 200
no Host                               | GET /index.html HTTP/1.1\r\n@close@ | 400
an empty Host                         | GET /index.html HTTP/1.1\r\nHost:\r\n@close@ | 400
two Hosts                             | GET /index.html HTTP/1.1\r\nHost: @host@\r\nHost: evil.example\r\n@close@ | 400
the same Host twice                   | GET /index.html HTTP/1.1\r\nHost: @host@\r\nHost: @host@\r\n@close@ | 400
a Host with a blank                   | GET /index.html | > Host: local host | 400
a Host with a path                    | GET /index.html | > Host: localhost/evil | 400
a Host with a user                    | GET /index.html | > Host: user\x40localhost | 400
a Host with a list                    | GET /index.html | > Host: localhost, evil.example | 400
a Host with a port that is none       | GET /index.html | > Host: localhost:http | 400
a Host with a port too large          | GET /index.html | > Host: localhost:99999 | 400
a Host with brackets left open        | GET /index.html | > Host: [::1 | 400
another name                          | GET /index.html | > Host: evil.example | 403
another name with the port            | GET /index.html | > Host: evil.example:@port@ | 403
a name that ends like an allowed one  | GET /index.html | > Host: evil-localhost | 403
a name that begins like an allowed one | GET /index.html | > Host: localhost.evil.example | 403
a number for the loopback address     | GET /index.html | > Host: 2130706433 | 403
another port                          | GET /index.html | > Host: localhost:1 | 403
another name for POST                 | POST /upload | > Host: evil.example | > Content-Type: application/json | >> {} | 403 | < Content-Type: application/json.*
an absolute target overrides Host     | GET http://localhost:@port@/about.html HTTP/1.1\r\nHost: evil.example\r\n@close@ | 200 | <= about.html
also to another name                  | GET http://evil.example/ HTTP/1.1\r\nHost: @host@\r\n@close@ | 403
an absolute target still needs Host   | GET http://localhost:@port@/ HTTP/1.1\r\n@close@ | 400
an absolute path out of the root      | GET http://localhost:@port@/../server.py HTTP/1.1\r\nHost: @host@\r\n@close@ | 403
HTTP/1.0 without Host                 | GET /index.html HTTP/1.0\r\n\r\n | 400

# Framing: 400 and a closed connection, so that what follows is never taken for a request (RFC 9112, sections 2, 5, 6, 11)
length and chunked at once            | @post@Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n@next@ | 400
chunked and length at once            | @post@Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n@next@ | 400
two lengths that differ               | @post@Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}@next@ | 400
two lengths in one field              | @post@Content-Length: 2, 3\r\n\r\n{}@next@ | 400
a length with a plus                  | @post@Content-Length: +2\r\n\r\n{}@next@ | 400
a negative length                     | @post@Content-Length: -2\r\n\r\n{}@next@ | 400
a hexadecimal length                  | @post@Content-Length: 0x2\r\n\r\n{}@next@ | 400
a length with an underscore           | @post@Content-Length: 0_2\r\n\r\n{}@next@ | 400
a length with a fraction              | @post@Content-Length: 2.0\r\n\r\n{}@next@ | 400
a length with a blank                 | @post@Content-Length: 2 2\r\n\r\n{}@next@ | 400
an empty length                       | @post@Content-Length:\r\n\r\n{}@next@ | 400
a length in superscript               | @post@Content-Length: \xb2\r\n\r\n{}@next@ | 400
a length of 5000 digits               | @post@Content-Length: @5000*9@\r\n\r\n{}@next@ | 400|413
chunked twice in one field            | @post@Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n@next@ | 400
chunked twice in two fields           | @post@Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n@next@ | 400
chunked, but not last                 | @post@Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n@next@ | 400
an unknown coding                     | @post@Transfer-Encoding: gzip\r\n\r\n0\r\n\r\n@next@ | 501
an unknown coding before chunked      | @post@Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n@next@ | 501
the coding identity                   | @post@Transfer-Encoding: identity\r\n\r\n0\r\n\r\n@next@ | 501
a coding with a control character     | @post@Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n@next@ | 400
a blank before the colon              | @post@Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n@next@ | 400
a folded field                        | @post@Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n@next@ | 400
a first field that begins with blank  | GET /index.html HTTP/1.1\r\n Host: @host@\r\n\r\n@next@ | 400
a field without a colon               | @get@Nonsense\r\n\r\n@next@ | 400
a field without a name                | @get@: nameless\r\n\r\n@next@ | 400
a field name with a letter of Latin-1 | @get@X-\xe9: 1\r\n\r\n@next@ | 400
bare line feeds                       | GET /index.html HTTP/1.1\nHost: @host@\n\n@next@ | 400
a bare line feed in a field           | @get@X-A: 1\nX-B: 2\r\n\r\n@next@ | 400
a bare carriage return in a field     | @get@X-A: 1\rX-B: 2\r\n\r\n@next@ | 400
NUL in a field                        | @get@X-A: 1\x002\r\n\r\n@next@ | 400
a control character in a field        | @get@X-A: \x1b[31m\r\n\r\n@next@ | 400
NUL in the target                     | GET /index\x00.html HTTP/1.1\r\nHost: @host@\r\n\r\n@next@ | 400
a control character in the target     | GET /index\x07.html HTTP/1.1\r\nHost: @host@\r\n\r\n@next@ | 400
a letter of Latin-1 in the target     | GET /\xe9.html HTTP/1.1\r\nHost: @host@\r\n\r\n@next@ | 400|403
two blanks in the request line        | GET  /index.html HTTP/1.1\r\nHost: @host@\r\n\r\n@next@ | 400
a tab in the request line             | GET\t/index.html HTTP/1.1\r\nHost: @host@\r\n\r\n@next@ | 400
a blank in the target                 | GET /index .html HTTP/1.1\r\nHost: @host@\r\n\r\n@next@ | 400
no version                            | GET /index.html\r\nHost: @host@\r\n\r\n@next@ | 400
no target                             | GET HTTP/1.1\r\nHost: @host@\r\n\r\n@next@ | 400
a target without a slash              | GET index.html HTTP/1.1\r\nHost: @host@\r\n\r\n@next@ | 400
a method that is no token             | G(E)T /index.html HTTP/1.1\r\nHost: @host@\r\n\r\n@next@ | 400
a version that is none                | GET /index.html HTTP/one\r\nHost: @host@\r\n\r\n@next@ | 400
a version in small letters            | GET /index.html http/1.1\r\nHost: @host@\r\n\r\n@next@ | 400
the preface of HTTP/2                 | PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n | 505
another version                       | GET /index.html HTTP/1.2\r\nHost: @host@\r\n\r\n@next@ | 505
a version to come                     | GET /index.html HTTP/3.0\r\nHost: @host@\r\n\r\n@next@ | 505
the hello of TLS                      | \x16\x03\x01\x00\xa5\x01\x00\x00\r\n\r\n | 400
a chunk's size that is none           | @post@Transfer-Encoding: chunked\r\n\r\nxyz\r\n{}\r\n0\r\n\r\n@next@ | 400
a chunk's size with 0x                | @post@Transfer-Encoding: chunked\r\n\r\n0x2\r\n{}\r\n0\r\n\r\n@next@ | 400
a negative chunk                      | @post@Transfer-Encoding: chunked\r\n\r\n-2\r\n{}\r\n0\r\n\r\n@next@ | 400
a chunk's size of 40 digits           | @post@Transfer-Encoding: chunked\r\n\r\n@40*f@\r\n{}\r\n0\r\n\r\n@next@ | 400|413
a chunk longer than its size          | @post@Transfer-Encoding: chunked\r\n\r\n2\r\n{}{}\r\n0\r\n\r\n@next@ | 400
a chunk that ends with a bare LF      | @post@Transfer-Encoding: chunked\r\n\r\n2\r\n{}\n0\r\n\r\n@next@ | 400
a chunk's size that ends with bare LF | @post@Transfer-Encoding: chunked\r\n\r\n2\n{}\r\n0\r\n\r\n@next@ | 400
a request hidden in a refused body    | POST /../upload HTTP/1.1\r\nHost: @host@\r\nContent-Length: 33\r\n\r\nGET /index.html HTTP/1.1\r\nHost: a@next@ | 403( 404)?

# Limits
a target of 8000 bytes is looked for  | GET /@8000*a@ | 404
a target of 9000 bytes is 414         | GET /@9000*a@ HTTP/1.1\r\nHost: @host@\r\n\r\n@next@ | 414
an endless target is 414              | GET /@40000*a@ | 414
a head of 40000 bytes is 431          | @get@X-Long: @40000*a@\r\n\r\n@next@ | 431
a head of 30000 bytes is allowed      | @get@X-Long: @30000*a@\r\n@close@ | 200
100 fields are allowed                | @get@@99*X-Many: a\r\n@\r\n@next@ | 200 404
101 fields are 431                    | @get@@100*X-Many: a\r\n@\r\n@next@ | 431
'@
Complete-BlackBox
