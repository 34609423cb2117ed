# Black-box checks against a running server, as rows of a table. Dot-source it, call Start-BlackBox, the checks,
# and Complete-BlackBox. For Windows PowerShell 5.1 and PowerShell 7. The rows are those of the shell scripts,
# letter for letter; what a row says is explained once, in tests/blackbox_lib.sh.
# Requests go out byte for byte over a TcpClient, because Invoke-WebRequest would mend the very faults that most
# rows are about.

Set-StrictMode -Version 2.0
$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue' # drawing it makes every web call of 5.1 slow
. (Join-Path $PSScriptRoot 'spindle_process.ps1')

$Script:Latin1 = [System.Text.Encoding]::GetEncoding(28591) # one character is one byte
$Script:AnswerLimitMs = 10000
$Script:PauseMs = 300
$Script:Resources = Join-Path (Split-Path -Parent $PSScriptRoot) 'resources'

function Start-BlackBox {
    # Starts a server of its own if asked to; ends the script with 1 when nothing listens at the address.
    param([string]$BaseUrl, [switch]$StartServer)
    $Script:Passed = 0
    $Script:Failed = 0
    $Script:Spindle = $null
    if ($StartServer) {
        $Script:Spindle = Start-Spindle
        $BaseUrl = $Script:Spindle.BaseUrl
    }
    $Script:BaseUrl = $BaseUrl.TrimEnd('/')
    if ($Script:BaseUrl -notmatch '^http://(\[[0-9A-Fa-f:.]+\]|[^:/]+)(:([0-9]+))?$') {
        [Console]::Error.WriteLine("'$BaseUrl' is not a base URL: give one like http://127.0.0.1:8080")
        exit 2
    }
    $Script:TargetHost = $Matches[1].Trim('[', ']')
    $Script:TargetPort = 80
    if ($Matches.ContainsKey(3)) { $Script:TargetPort = [int]$Matches[3] }
    $Script:Values = @{
        host  = $Script:BaseUrl.Substring(7)
        port  = [string]$Script:TargetPort
        get   = 'GET /index.html HTTP/1.1\r\nHost: @host@\r\n'
        post  = 'POST /upload HTTP/1.1\r\nHost: @host@\r\nContent-Type: application/json\r\n'
        close = 'Connection: close\r\n\r\n'
        next  = 'GET /no-such-page.html HTTP/1.1\r\nHost: @host@\r\n@close@'
    }
    try {
        (New-Connection).Close()
    } catch {
        [Console]::Error.WriteLine("nothing listens at $($Script:BaseUrl): start the server, give its address, or use -StartServer")
        Stop-Spindle $Script:Spindle
        exit 1
    }
}

function Complete-BlackBox {
    # Prints the count, stops the server that Start-BlackBox started, and exits with the number of failures.
    "$($Script:Passed) passed, $($Script:Failed) failed"
    Stop-Spindle $Script:Spindle
    exit [Math]::Min($Script:Failed, 255) # 256 would read as 0 where exit codes are one byte
}

function Write-Check {
    # -Problem is empty when all is well.
    param([string]$Name, [string]$Problem)
    if ($Problem) {
        $Script:Failed++
        "FAIL ${Name}: $($Problem -replace '[\x00-\x1f\x7f]', ' ')"
    } else {
        $Script:Passed++
        "PASS $Name"
    }
}

function Invoke-Check {
    # Passes if the script block puts nothing out and throws nothing.
    param([string]$Name, [scriptblock]$Body)
    try {
        $problem = (& $Body) -join '; '
    } catch {
        $problem = $_.Exception.GetBaseException().Message
    }
    Write-Check $Name $problem
}

function Invoke-CheckTable {
    # Blank lines and # headings are for the reader.
    param([string]$Rows)
    foreach ($row in $Rows -split '\r?\n') {
        if ($row -and -not $row.StartsWith('#')) { Invoke-CheckRow $row }
    }
}

function Invoke-CheckRow {
    param([string]$Row)
    $columns = @($Row -split ' \| ' | ForEach-Object { $_.TrimEnd(' ') })
    $extra = ''
    $body = $null
    $status = ''
    $expected = @()
    foreach ($column in $columns | Select-Object -Skip 2) {
        if ($column -eq '>>') { $body = '' }
        elseif ($column.StartsWith('>> ')) { $body = Expand-Value $column.Substring(3) }
        elseif ($column.StartsWith('> ')) { $extra += (Expand-Value $column.Substring(2)) + '\r\n' }
        elseif ($column.StartsWith('<')) { $expected += $column }
        else { $status = $column }
    }
    $request = Expand-Value $columns[1]
    if ($request -cnotmatch '\\[rn]') {
        if (-not $extra.Contains('Host:')) { $extra = "Host: $($Script:Values.host)\r\n$extra" }
        if (-not $extra.Contains('Connection:')) { $extra += 'Connection: close\r\n' }
        if ($null -ne $body -and $extra -cnotmatch 'Content-Length:|Transfer-Encoding:') {
            $extra += "Content-Length: $((ConvertFrom-Escape $body).Length)\r\n"
        }
        $request = "$request HTTP/1.1\r\n$extra\r\n$body"
    }
    try {
        $answer = Read-AllAnswer (Invoke-Exchange $request) -Head:($request.StartsWith('HEAD '))
        $problem = Test-Answer $answer $status $expected
    } catch {
        $problem = $_.Exception.GetBaseException().Message
    }
    Write-Check $columns[0] $problem
}

function Expand-Value {
    # Replaces @name@ and @count*text@.
    param([string]$Text)
    while ($true) {
        if ($Text -cmatch '@([0-9]+)\*([^@]*)@') {
            $value = (New-Object string ' ', ([int]$Matches[1])).Replace(' ', $Matches[2])
        } elseif ($Text -cmatch '@([A-Za-z-]+)@' -and $Script:Values.ContainsKey($Matches[1])) {
            $value = $Script:Values[$Matches[1]]
        } else {
            return $Text
        }
        $Text = $Text.Replace($Matches[0], $value)
    }
}

function ConvertFrom-Escape {
    # \r \n \t \\ \xHH to the characters whose Latin-1 codes are those bytes.
    param([string]$Text)
    $plain = @{ r = "`r"; n = "`n"; t = "`t"; '\' = '\' }
    [regex]::Replace($Text, '\\(x[0-9a-fA-F]{2}|[rnt\\])', {
            param($found)
            $code = $found.Groups[1].Value
            if ($code.Length -eq 1) { $plain[$code] } else { [string][char][Convert]::ToInt32($code.Substring(1), 16) }
        }.GetNewClosure())
}

function New-Connection {
    $client = New-Object System.Net.Sockets.TcpClient
    $client.NoDelay = $true
    $client.Connect($Script:TargetHost, $Script:TargetPort)
    $client
}

function Send-Text {
    param([System.Net.Sockets.TcpClient]$Client, [string]$Text)
    $bytes = $Script:Latin1.GetBytes($Text)
    $Client.GetStream().Write($bytes, 0, $bytes.Length)
}

function Receive-Text {
    # What comes until the server closes: Text, and LeftOpen if it did not in time. A reset ends it like a close.
    # Takes the stream and not the client, which gives no stream any more once it is half closed.
    param([System.Net.Sockets.NetworkStream]$Stream)
    $kept = New-Object System.IO.MemoryStream
    $buffer = New-Object byte[] 65536
    $clock = [System.Diagnostics.Stopwatch]::StartNew()
    $leftOpen = $false
    while ($true) {
        $left_ms = $Script:AnswerLimitMs - $clock.ElapsedMilliseconds
        if ($left_ms -le 0) { $leftOpen = $true; break }
        $Stream.ReadTimeout = [int]$left_ms
        try {
            $count = $Stream.Read($buffer, 0, $buffer.Length)
        } catch [System.IO.IOException] {
            $leftOpen = $clock.ElapsedMilliseconds -ge $Script:AnswerLimitMs - 100
            break
        }
        if ($count -eq 0) { break }
        $kept.Write($buffer, 0, $count)
    }
    [pscustomobject]@{ Text = $Script:Latin1.GetString($kept.ToArray()); LeftOpen = $leftOpen }
}

function Invoke-Exchange {
    # Sends the request, pausing at each \p, and receives until the server closes.
    param([string]$Request)
    $client = New-Connection
    try {
        $pieces = @($Request -csplit '\\p')
        for ($at = 0; $at -lt $pieces.Count; $at++) {
            if ($at) { Start-Sleep -Milliseconds $Script:PauseMs }
            try {
                Send-Text $client (ConvertFrom-Escape $pieces[$at])
            } catch [System.IO.IOException] {
                break # a server that refuses early closes before the whole request is written
            }
        }
        Receive-Text $client.GetStream()
    } finally {
        $client.Close()
    }
}

function Read-AllAnswer {
    # Splits what came into answers: their Statuses, and Fields and Body of the first final one.
    param([psobject]$Received, [switch]$Head)
    $answer = [pscustomobject]@{ Statuses = ''; Fields = $null; Body = ''; LeftOpen = $Received.LeftOpen }
    $statuses = @()
    $text = $Received.Text
    while ($text) {
        $end = $text.IndexOf("`r`n`r`n")
        if ($end -lt 0 -or $text -cnotmatch '^HTTP/1\.1 ([0-9]{3}) [^\r\n]*\r\n') {
            $statuses += 'garbage'
            break
        }
        $status = $Matches[1]
        $fields = @{}
        foreach ($line in @($text.Substring(0, $end) -split "`r`n") | Select-Object -Skip 1) {
            $name, $value = $line -split ':', 2
            $fields[$name] = ([string]$value).TrimStart(' ')
        }
        $length = 0
        if ($fields.ContainsKey('Content-Length')) { $length = [int]$fields['Content-Length'] }
        if ($Head -or $status -match '^(1..|204|304)$') { $length = 0 }
        $statuses += $status
        $text = $text.Substring($end + 4)
        if ($text.Length -lt $length) {
            $statuses += 'cut'
            $length = $text.Length
        }
        if ($null -eq $answer.Fields -and $status -notmatch '^1') {
            $answer.Fields = $fields
            $answer.Body = $text.Substring(0, $length)
            foreach ($name in $fields.Keys) { $Script:Values[$name] = $fields[$name] }
        }
        $text = $text.Substring($length)
    }
    if ($null -eq $answer.Fields) { $answer.Fields = @{} }
    $answer.Statuses = $statuses -join ' '
    $answer
}

function Test-Answer {
    # The first thing that is not as it must be, in words, or nothing.
    param([psobject]$Answer, [string]$Status, [string[]]$Expected)
    if ($Answer.Statuses -cnotmatch "^($Status)`$") {
        $came = $Answer.Statuses
        if (-not $came) { $came = 'nothing' }
        return "expected status $Status, came $came"
    }
    if ($Answer.LeftOpen) {
        return "expected the server to close after $($Answer.Statuses), but it stayed open for $($Script:AnswerLimitMs / 1000) s"
    }
    foreach ($column in $Expected) {
        $mark, $wanted = $column -split ' ', 2
        if ($mark -eq '<<') {
            if ($Answer.Body -cnotmatch $wanted) {
                return "expected a body like $wanted, came $($Answer.Body.Substring(0, [Math]::Min(200, $Answer.Body.Length)))"
            }
        } elseif ($mark -eq '<=') {
            $file = Join-Path $Script:Resources $wanted
            if ((Test-Path $file) -and $Script:Latin1.GetString([System.IO.File]::ReadAllBytes($file)) -cne $Answer.Body) {
                return "expected the bytes of $wanted, came $($Answer.Body.Length) other bytes"
            }
        } elseif ($wanted.StartsWith('!')) {
            $name = $wanted.Substring(1)
            if ($Answer.Fields.ContainsKey($name)) { return "expected no $name, came $($Answer.Fields[$name])" }
        } else {
            $name, $pattern = $wanted -split ': ', 2
            $came = $Answer.Fields[$name]
            if ([string]$came -cnotmatch "^($pattern)`$") {
                if ($null -eq $came) { $came = 'nothing' }
                return "expected ${name}: $pattern, came $came"
            }
        }
    }
}
