# Many clients at once: every one is answered right, and none can hold up another.
# Run: powershell -File test_concurrency.ps1 [-BaseUrl http://127.0.0.1:8080 | -StartServer]    (exit code: failures)
# Twin: tests/test_concurrency.py has the same checks in the same order.
param([string]$BaseUrl = 'http://127.0.0.1:8080', [switch]$StartServer)
. (Join-Path $PSScriptRoot 'blackbox.ps1')
Start-BlackBox $BaseUrl -StartServer:$StartServer

$Clients = 40 # more than the ten workers, fewer than the fifty that may wait
$FastMs = 5000 # what a request may take while others are slow; a server held by them would take 30 s
$Mixed = '/index.html', '/logo.png', '/missing.html', '/sample.txt', '/../index.html'
$MixedStatuses = 200, 200, 404, 200, 403
$Upload = '{"rows": [' + ('{"number": 12345, "text": "abcdefghijklmnop"}, ' * 22000) + 'null]}' # 1 MB

function Get-RequestText {
    param([string]$Path)
    "GET $Path HTTP/1.1`r`nHost: $($Script:Values.host)`r`n`r`n"
}

function Get-UploadText {
    param([string]$Body)
    "POST /upload HTTP/1.1`r`nHost: $($Script:Values.host)`r`nContent-Type: application/json`r`n" +
    "Content-Length: $($Body.Length)`r`n`r`n$Body"
}

# One client: sends each text when the last is answered, on one connection. It runs in a runspace of its own, which
# knows nothing of this script. Gives Status, Location and Body of each answer.
$AskScript = {
    param([string]$TargetHost, [int]$TargetPort, [string[]]$Texts)
    $latin1 = [System.Text.Encoding]::GetEncoding(28591)
    $client = New-Object System.Net.Sockets.TcpClient
    try {
        $client.Connect($TargetHost, $TargetPort)
        $stream = $client.GetStream()
        $stream.ReadTimeout = 30000
        $buffer = New-Object byte[] 65536
        foreach ($text in $Texts) {
            $bytes = $latin1.GetBytes($text)
            $stream.Write($bytes, 0, $bytes.Length)
            $kept = New-Object System.IO.MemoryStream
            $whole_bytes = [long]::MaxValue
            while ($kept.Length -lt $whole_bytes) {
                $count = $stream.Read($buffer, 0, $buffer.Length)
                if ($count -eq 0) { throw "expected a whole answer, came $($kept.Length) bytes" }
                $kept.Write($buffer, 0, $count)
                if ($whole_bytes -eq [long]::MaxValue) {
                    $came = $latin1.GetString($kept.ToArray())
                    $end = $came.IndexOf("`r`n`r`n")
                    if ($end -ge 0) {
                        $head = $came.Substring(0, $end + 2)
                        $whole_bytes = $end + 4 + [long][regex]::Match($head, '(?i)\r\nContent-Length: ([0-9]+)\r\n').Groups[1].Value
                    }
                }
            }
            [pscustomobject]@{
                Status   = [int]$head.Substring(9, 3)
                Location = [regex]::Match($head, '(?i)\r\nLocation: ([^\r\n]+)').Groups[1].Value
                Body     = $latin1.GetString($kept.ToArray()).Substring($head.Length + 2)
            }
        }
    } finally {
        $client.Close()
    }
}

function Invoke-Client {
    # Runs $Clients clients at once, each with these texts; gives all their answers.
    param([string[]]$Texts)
    $pool = [runspacefactory]::CreateRunspacePool(1, $Clients)
    $pool.Open()
    try {
        $running = foreach ($number in 1..$Clients) {
            $shell = [powershell]::Create()
            $shell.RunspacePool = $pool
            $null = $shell.AddScript($AskScript).AddArgument($Script:TargetHost).AddArgument($Script:TargetPort).AddArgument($Texts)
            [pscustomobject]@{ Shell = $shell; Handle = $shell.BeginInvoke() }
        }
        foreach ($one in $running) {
            $one.Shell.EndInvoke($one.Handle)
            $one.Shell.Dispose()
        }
    } finally {
        $pool.Close()
    }
}

function Get-Answer {
    # The answer to one client alone.
    param([string]$Text)
    & $AskScript $Script:TargetHost $Script:TargetPort @($Text)
}

function Open-Connection {
    # $Clients open connections, each of which has sent the text.
    param([string]$Text = '', [int]$ReceiveBufferBytes = 65536)
    foreach ($number in 1..$Clients) {
        $client = New-Object System.Net.Sockets.TcpClient
        $client.ReceiveBufferSize = $ReceiveBufferBytes
        $client.NoDelay = $true
        $client.Connect($Script:TargetHost, $Script:TargetPort)
        if ($Text) { Send-Text $client $Text }
        $client
    }
}

function Test-FastAnswer {
    # Times five requests, the others sending a byte each between them, and closes the others.
    param([object[]]$Others, [string]$Drips = '')
    try {
        foreach ($at in 0..4) {
            if ($Drips) {
                foreach ($client in $Others) { Send-Text $client $Drips.Substring($at, 1) }
            }
            $clock = [System.Diagnostics.Stopwatch]::StartNew()
            $answer = Get-Answer (Get-RequestText '/index.html')
            $took_ms = $clock.ElapsedMilliseconds
            if ($answer.Status -ne 200) { return "expected 200 meanwhile, came $($answer.Status)" }
            if ($took_ms -ge $FastMs) { return "expected an answer within $FastMs ms meanwhile, it took $took_ms ms" }
        }
    } finally {
        foreach ($client in $Others) { $client.Close() }
    }
}

Invoke-Check '200 mixed requests of 40 clients are answered right' {
    $texts = @($Mixed | ForEach-Object { Get-RequestText $_ })
    $alone = @($texts | ForEach-Object { (Get-Answer $_).Body })
    $answers = @(Invoke-Client $texts)
    if ($answers.Count -ne $Clients * $Mixed.Count) { return "expected $($Clients * $Mixed.Count) answers, came $($answers.Count)" }
    for ($at = 0; $at -lt $answers.Count; $at++) {
        $which = $at % $Mixed.Count
        if ($answers[$at].Status -ne $MixedStatuses[$which]) {
            return "expected $($MixedStatuses[$which]) for $($Mixed[$which]), came $($answers[$at].Status)"
        }
        if ($answers[$at].Status -eq 200 -and $answers[$at].Body -cne $alone[$which]) {
            return "expected the bytes that one client alone gets of $($Mixed[$which])"
        }
    }
}

Invoke-Check '40 open connections all get their turn' {
    $waiting = @(Open-Connection)
    try {
        foreach ($client in $waiting) { Send-Text $client (ConvertFrom-Escape (Expand-Value '@get@@close@')) }
        [array]::Reverse($waiting)
        foreach ($client in $waiting) {
            $answer = Read-AllAnswer (Receive-Text $client.GetStream())
            if ($answer.Statuses -ne '200') { return "expected 200, came $($answer.Statuses)" }
        }
    } finally {
        foreach ($client in $waiting) { $client.Close() }
    }
}

Invoke-Check '40 uploads of 1 MB all succeed under their own names' {
    $answers = @(Invoke-Client @(Get-UploadText $Upload))
    $statuses = @($answers | ForEach-Object { $_.Status } | Sort-Object -Unique) -join ' '
    if ($statuses -ne '201') { return "expected 201 for all $Clients, came $statuses" }
    $names = @($answers | ForEach-Object { $_.Location } | Sort-Object -Unique)
    if ($names.Count -ne $Clients) { return "expected $Clients names, came $($names.Count)" }
}

Invoke-Check '30 pipelined requests are answered in order' {
    $client = New-Connection
    try {
        $texts = @(foreach ($round in 1..6) { $Mixed | ForEach-Object { Get-RequestText $_ } })
        $texts[-1] = $texts[-1].Replace("`r`n`r`n", "`r`nConnection: close`r`n`r`n")
        Send-Text $client ($texts -join '')
        $came = (Read-AllAnswer (Receive-Text $client.GetStream())).Statuses
        $wanted = (@($MixedStatuses) * 6) -join ' '
        if ($came -cne $wanted) { "expected the statuses in order, came $came" }
    } finally {
        $client.Close()
    }
}

Invoke-Check 'a half-closed client gets its whole answer' {
    $alone = (Get-Answer (Get-RequestText '/family.jpg')).Body
    $client = New-Connection
    try {
        Send-Text $client (Get-RequestText '/family.jpg')
        $stream = $client.GetStream()
        $client.Client.Shutdown([System.Net.Sockets.SocketShutdown]::Send)
        if ((Read-AllAnswer (Receive-Text $stream)).Body -cne $alone) { 'expected the whole of /family.jpg' }
    } finally {
        $client.Close()
    }
}

Invoke-Check '40 silent clients delay nobody' { Test-FastAnswer @(Open-Connection) }

Invoke-Check '40 clients that drip their head delay nobody' {
    Test-FastAnswer @(Open-Connection (Get-RequestText '/index.html').Replace("`r`n`r`n", "`r`nX-Slow: ")) 'abcde'
}

Invoke-Check '40 clients that drip their body delay nobody' {
    $text = Get-UploadText '{"text": "abcdefghijkl"}'
    Test-FastAnswer @(Open-Connection $text.Substring(0, $text.Length - 15)) 'abcde'
}

Invoke-Check '40 clients that do not read delay nobody' {
    Test-FastAnswer @(Open-Connection ((Get-RequestText '/family.jpg') * 20) 4096)
}
Complete-BlackBox
