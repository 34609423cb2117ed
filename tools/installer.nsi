; The installer: for one person, without an administrator, into a folder of their own. tools/installer.py runs
; makensis on this with VERSION, OUTPUT, SIZE_KB, ICON and FILES (a generated list of the package's files).
;   Spindle-VERSION-setup.exe [/S] [/DESKTOP] [/FOLDERMENU] [/D=C:\folder]      /S: asks nothing
; What it removes is what it brought: settings, logs and the served folders are the person's.

!if /FileExists "${NSISDIR}\Stubs\lzma_solid-amd64-unicode"
  Target amd64-unicode
!endif
Unicode true
SetCompressor /SOLID lzma
RequestExecutionLevel user
ManifestDPIAware true
Name "Spindle"
OutFile "${OUTPUT}"
InstallDir "$LOCALAPPDATA\Programs\Spindle"
BrandingText "Spindle ${VERSION}"

!include MUI2.nsh
!include FileFunc.nsh
!include "${FILES}"

!define UNINSTALL_KEY "Software\Microsoft\Windows\CurrentVersion\Uninstall\Spindle"
!define FOLDER_KEY "Software\Classes\Directory\shell\Spindle"
!define INSIDE_FOLDER_KEY "Software\Classes\Directory\Background\shell\Spindle"
!define FOLDER_ENTRY "Serve this folder with Spindle"
!define STILL_RUNNING 3 ; exit code; 1 and 2 are NSIS's own: cancelled, aborted

!define MUI_ICON "${ICON}"
!define MUI_UNICON "${ICON}"
!define MUI_COMPONENTSPAGE_SMALLDESC
!define MUI_FINISHPAGE_RUN "$INSTDIR\Spindle.exe"
!insertmacro MUI_PAGE_COMPONENTS
!insertmacro MUI_PAGE_DIRECTORY
!insertmacro MUI_PAGE_INSTFILES
!insertmacro MUI_PAGE_FINISH
!insertmacro MUI_UNPAGE_CONFIRM
!insertmacro MUI_UNPAGE_INSTFILES
!insertmacro MUI_LANGUAGE "English"

VIProductVersion "${NUMBERS}"
VIAddVersionKey "ProductName" "Spindle"
VIAddVersionKey "FileDescription" "Installs Spindle"
VIAddVersionKey "FileVersion" "${VERSION}"
VIAddVersionKey "ProductVersion" "${VERSION}"
VIAddVersionKey "CompanyName" "The Spindle project"
VIAddVersionKey "LegalCopyright" "MIT licence"

; A program that runs can't be opened for writing.
!macro STOP_IF_RUNNING FILE
  IfFileExists "$INSTDIR\${FILE}" 0 +7
  ClearErrors
  FileOpen $0 "$INSTDIR\${FILE}" a
  IfErrors 0 +4
  MessageBox MB_OK|MB_ICONEXCLAMATION "${FILE} is running: close it, then start this again." /SD IDOK
  SetErrorLevel ${STILL_RUNNING}
  Quit
  FileClose $0
!macroend

Section "Spindle" program
  SectionIn RO
  !insertmacro STOP_IF_RUNNING "Spindle.exe"
  !insertmacro STOP_IF_RUNNING "spindle-server.exe"
  ; Another version in the same place goes first, so that none of its files stays.
  IfFileExists "$INSTDIR\Uninstall.exe" 0 +2
  ExecWait '"$INSTDIR\Uninstall.exe" /S _?=$INSTDIR'
  !insertmacro INSTALL_FILES
  SetOutPath "$INSTDIR"
  WriteUninstaller "$INSTDIR\Uninstall.exe"
  CreateShortcut "$SMPROGRAMS\Spindle.lnk" "$INSTDIR\Spindle.exe"
  WriteRegStr HKCU "${UNINSTALL_KEY}" "DisplayName" "Spindle"
  WriteRegStr HKCU "${UNINSTALL_KEY}" "DisplayVersion" "${VERSION}"
  WriteRegStr HKCU "${UNINSTALL_KEY}" "DisplayIcon" "$INSTDIR\Spindle.exe"
  WriteRegStr HKCU "${UNINSTALL_KEY}" "Publisher" "The Spindle project"
  WriteRegStr HKCU "${UNINSTALL_KEY}" "InstallLocation" "$INSTDIR"
  WriteRegStr HKCU "${UNINSTALL_KEY}" "UninstallString" '"$INSTDIR\Uninstall.exe"'
  WriteRegStr HKCU "${UNINSTALL_KEY}" "QuietUninstallString" '"$INSTDIR\Uninstall.exe" /S'
  WriteRegDWORD HKCU "${UNINSTALL_KEY}" "EstimatedSize" ${SIZE_KB}
  WriteRegDWORD HKCU "${UNINSTALL_KEY}" "NoModify" 1
  WriteRegDWORD HKCU "${UNINSTALL_KEY}" "NoRepair" 1
SectionEnd

Section /o "Icon on the desktop" desktop
  CreateShortcut "$DESKTOP\Spindle.lnk" "$INSTDIR\Spindle.exe"
SectionEnd

Section /o "'${FOLDER_ENTRY}' in Explorer" folder_menu
  ; "%V\." and not "%V": of a drive, %V ends in a backslash, which would escape the quote.
  WriteRegStr HKCU "${FOLDER_KEY}" "" "${FOLDER_ENTRY}"
  WriteRegStr HKCU "${FOLDER_KEY}" "Icon" "$INSTDIR\Spindle.exe"
  WriteRegStr HKCU "${FOLDER_KEY}\command" "" '"$INSTDIR\Spindle.exe" --start --root "%V\."'
  WriteRegStr HKCU "${INSIDE_FOLDER_KEY}" "" "${FOLDER_ENTRY}"
  WriteRegStr HKCU "${INSIDE_FOLDER_KEY}" "Icon" "$INSTDIR\Spindle.exe"
  WriteRegStr HKCU "${INSIDE_FOLDER_KEY}\command" "" '"$INSTDIR\Spindle.exe" --start --root "%V\."'
SectionEnd

LangString PROGRAM_TEXT ${LANG_ENGLISH} "The program, and its entry in the Start menu."
LangString DESKTOP_TEXT ${LANG_ENGLISH} "An icon on your desktop."
LangString FOLDER_MENU_TEXT ${LANG_ENGLISH} "An entry in the menu of a folder that opens Spindle and serves it."
!insertmacro MUI_FUNCTION_DESCRIPTION_BEGIN
  !insertmacro MUI_DESCRIPTION_TEXT ${program} $(PROGRAM_TEXT)
  !insertmacro MUI_DESCRIPTION_TEXT ${desktop} $(DESKTOP_TEXT)
  !insertmacro MUI_DESCRIPTION_TEXT ${folder_menu} $(FOLDER_MENU_TEXT)
!insertmacro MUI_FUNCTION_DESCRIPTION_END

!macro SELECT_IF_ASKED OPTION SECTION
  ClearErrors
  ${GetOptions} $R0 "${OPTION}" $R1
  IfErrors +2
  SectionSetFlags ${SECTION} ${SF_SELECTED}
!macroend

; What an earlier installation was asked for is kept.
Function .onInit
  IfFileExists "$DESKTOP\Spindle.lnk" 0 +2
  SectionSetFlags ${desktop} ${SF_SELECTED}
  ReadRegStr $R1 HKCU "${FOLDER_KEY}" ""
  StrCmp $R1 "" +2
  SectionSetFlags ${folder_menu} ${SF_SELECTED}
  ${GetParameters} $R0
  !insertmacro SELECT_IF_ASKED "/DESKTOP" ${desktop}
  !insertmacro SELECT_IF_ASKED "/FOLDERMENU" ${folder_menu}
FunctionEnd

Section "Uninstall"
  !insertmacro STOP_IF_RUNNING "Spindle.exe"
  !insertmacro STOP_IF_RUNNING "spindle-server.exe"
  Delete "$SMPROGRAMS\Spindle.lnk"
  Delete "$DESKTOP\Spindle.lnk"
  DeleteRegKey HKCU "${FOLDER_KEY}"
  DeleteRegKey HKCU "${INSIDE_FOLDER_KEY}"
  DeleteRegKey HKCU "${UNINSTALL_KEY}"
  Delete "$INSTDIR\Uninstall.exe"
  SetOutPath "$TEMP" ; a folder that is somebody's current one can't be removed
  !insertmacro REMOVE_FILES
SectionEnd
