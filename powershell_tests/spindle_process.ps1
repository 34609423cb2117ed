# A server of the scripts' own: started on a free port, with a copy of the sample site, and stopped again.
# For Windows PowerShell 5.1 and PowerShell 7. Dot-source it.

$Script:StartLimitS = 20

function Find-Spindle {
    # The command line of the server: the packaged program beside or above the scripts, else Python with server.py.
    # Ends the script with 1 if there is none.
    $top = Split-Path -Parent $PSScriptRoot
    $places = @($PSScriptRoot, $top, (Join-Path (Join-Path $top 'dist') 'Spindle'))
    $suffix = ''
    if ([Environment]::OSVersion.Platform -eq 'Win32NT') { $suffix = '.exe' }
    foreach ($place in $places) {
        $program = Join-Path $place "spindle-server$suffix"
        if (Test-Path -PathType Leaf $program) { return $program }
    }
    $server = Join-Path $top 'server.py'
    foreach ($name in 'python', 'python3', 'py') {
        $found = @(Get-Command $name -CommandType Application -ErrorAction SilentlyContinue)
        if ($found.Count -and (Test-Path $server)) { return $found[0].Path, ('"{0}"' -f $server) }
    }
    [Console]::Error.WriteLine('no server to start: build dist/Spindle, or install Python and keep server.py above these scripts')
    exit 1
}

function Start-Spindle {
    # Returns BaseUrl, Process and Folder once the server listens; ends the script with 1 and the server's words if not.
    param([string[]]$Options = @())
    $command = @(Find-Spindle)
    $folder = Join-Path ([System.IO.Path]::GetTempPath()) ('spindle-' + [Guid]::NewGuid().ToString('N'))
    $null = New-Item -ItemType Directory -Path $folder
    $arguments = @($command | Select-Object -Skip 1) + @('0')
    $site = Join-Path (Split-Path -Parent $PSScriptRoot) 'resources'
    if (Test-Path $site) {
        Copy-Item -Recurse -Path $site -Destination (Join-Path $folder 'resources')
        $arguments += @('--root', ('"{0}"' -f (Join-Path $folder 'resources')))
    }
    $output = Join-Path $folder 'output.txt'
    $errors = Join-Path $folder 'errors.txt'
    $process = Start-Process -FilePath $command[0] -ArgumentList ($arguments + $Options) -PassThru `
        -RedirectStandardOutput $output -RedirectStandardError $errors
    $spindle = [pscustomobject]@{ BaseUrl = ''; Process = $process; Folder = $folder }
    $clock = [System.Diagnostics.Stopwatch]::StartNew()
    while ($clock.Elapsed.TotalSeconds -lt $Script:StartLimitS -and -not $process.HasExited) {
        $line = @(Get-Content $output -ErrorAction SilentlyContinue) -match '^Listening on http://'
        if ($line) {
            $spindle.BaseUrl = ($line[0] -replace '^Listening on ', '').TrimEnd('/')
            return $spindle
        }
        Start-Sleep -Milliseconds 50
    }
    $said = @(Get-Content $errors -ErrorAction SilentlyContinue) -join ' '
    Stop-Spindle $spindle
    [Console]::Error.WriteLine("the server did not start: $said")
    exit 1
}

function Stop-Spindle {
    # Ends what Start-Spindle started, if it did.
    param([psobject]$Spindle)
    if ($null -eq $Spindle) { return }
    if (-not $Spindle.Process.HasExited) {
        $Spindle.Process.Kill()
        $null = $Spindle.Process.WaitForExit(5000)
    }
    Remove-Item -Recurse -Force $Spindle.Folder -ErrorAction SilentlyContinue
}
