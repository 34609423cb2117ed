# The Windows stage of .ci/run, in a lab that runs Windows programs on Linux (WINLAB).

WINLAB=${SPINDLE_WINLAB:-$(realpath -m ../shared/winlab/winlab)}
SETTLE_S=4 # until a window that has appeared is drawn

# A machine that is used again still has the mounts of the lab and the socket of its screen. A folder that was deleted
# while it was mounted hides the new one of that name, and a socket where nobody listens keeps the screen from starting.
clear_lab() {
  local socket
  awk '$4 ~ /\/\/deleted$/ { print $5 }' /proc/self/mountinfo | xargs -r umount
  for socket in /tmp/.X11-unix/X*; do
    grep -q " $socket\$" /proc/net/unix || rm -f "$socket"
  done
}

# Setting up the lab is two minutes of mostly waiting, so it goes on beside the other stages; after the packages,
# for two apt-get shut each other out. The lab's stand-in for Windows' own ICU belongs into Windows' folder: beside
# Qt it would be taken for a part of Qt. A program that crashes ends there, instead of waiting behind Wine's dialog.
prepare_lab() {
  grep -hvE '^(#|-r|ruff|mypy|types-|playwright)' requirements.txt requirements-dev.txt >"$LOGS/lab.txt"
  clear_lab || true
  "$WINLAB" setup && "$WINLAB" exe reg add 'HKCU\Software\Wine\WineDbg' /v ShowCrashDialog /t REG_DWORD /d 0 /f &&
    "$WINLAB" pip install -q --no-warn-script-location -r "$LOGS/lab.txt" &&
    "$WINLAB" python -c 'if True:
      import pathlib, shutil, PySide6
      icu = pathlib.Path(PySide6.__file__).with_name("icuuc.dll")
      if icu.exists(): shutil.move(icu, "C:/windows/system32/icuuc.dll")'
}

start_lab() { # once, and only for the stage that uses it
  [ -x "$WINLAB" ] && [[ " ${STAGES[*]} " == *" windows "* ]] && [ -z "${LAB:-}" ] || return 0
  { if prepare_lab </dev/null >"$LOGS/lab.log" 2>&1; then echo 0; else echo 1; fi >"$LOGS/lab.status"; } &
  LAB=$!
}

# PLATFORM ARGUMENTS: pytest under Windows' Python; nothing of an earlier run is in its way. Wine keeps the host's QT_*
# from its programs, unless their names begin with WINE, which it takes off.
lab_tests() {
  local -x WINLAB_ENV=WINEQT_QPA_PLATFORM WINEQT_QPA_PLATFORM=$1
  rm -rf "$LOGS/windows"
  "$WINLAB" python -c 'import os, sys; sys.exit(os.environ["QT_QPA_PLATFORM"] != sys.argv[1])' "$1"
  with_second_try "$WINLAB" python -m pytest -q --basetemp="$LOGS/windows" "${@:2}"
}

# Spindle.exe, with its window, for the browser and the black-box scripts of the host; what the window shows then is
# kept as dist/Spindle-window.png.
try_window() {
  local port site
  port=$(free_port) site=$(sample_site)
  "$WINLAB" exe dist/Spindle/Spindle.exe --start --root "$site" --port "$port" &
  wait_for "http://127.0.0.1:$port/"
  SPINDLE_BASE_URL=http://127.0.0.1:$port SPINDLE_ROOT=$site with_second_try python3 dev.py test -q tests/browser
  black_box "http://127.0.0.1:$port"
  sleep $SETTLE_S
  "$WINLAB" shot dist/Spindle-window.png
  "$WINLAB" stop
}

windows() {
  [ -x "$WINLAB" ] || { skip "Windows: no tests, no package, no Spindle.exe, for there is no lab"; return; }
  until [ -s "$LOGS/lab.status" ]; do sleep 1; done
  cat "$LOGS/lab.log"
  [ "$(cat "$LOGS/lab.status")" = 0 ]
  kill_jobs_at_exit
  "$WINLAB" python -X no_debug_ranges -m PyInstaller --noconfirm --log-level WARN build.spec
  "$WINLAB" python -m tools.package
  python3 -m tools.installer
  lab_tests windows -m frozen tests/windows
  "$WINLAB" python -m tools.desktop dist/Spindle/Spindle.exe --root "$PWD/resources"
  try_window
  lab_tests windows -m "not slow and not browser and not frozen" tests/gui
  lab_tests offscreen -m "not slow and not browser and not frozen" --ignore=tests/gui tests
}
