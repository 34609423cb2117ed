# Runs the four scripts against one server.
# Run: powershell -File run_all.ps1 [-BaseUrl http://127.0.0.1:8080 | -StartServer]    (exit code: failures of all four)
param([string]$BaseUrl = 'http://127.0.0.1:8080', [switch]$StartServer)
Set-StrictMode -Version 2.0
$ErrorActionPreference = 'Stop'
. (Join-Path $PSScriptRoot 'spindle_process.ps1')

$spindle = $null
$failed = 0
try {
    if ($StartServer) {
        $spindle = Start-Spindle
        $BaseUrl = $spindle.BaseUrl
    }
    foreach ($name in 'test_get_requests', 'test_post_requests', 'test_security', 'test_concurrency') {
        "== $name"
        & (Join-Path $PSScriptRoot "$name.ps1") -BaseUrl $BaseUrl
        $failed += $LASTEXITCODE
    }
} finally {
    Stop-Spindle $spindle
}
"== all: $failed failed"
exit [Math]::Min($failed, 255) # 256 would read as 0 where exit codes are one byte
