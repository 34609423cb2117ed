<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="de" sourcelanguage="en">
<context>
    <name>Actions</name>
    <message>
        <source>&amp;File</source>
        <translation>&amp;Datei</translation>
    </message>
    <message>
        <source>Choose &amp;folder…</source>
        <translation>&amp;Ordner wählen…</translation>
    </message>
    <message>
        <source>&amp;More settings…</source>
        <translation>&amp;Weitere Einstellungen…</translation>
    </message>
    <message>
        <source>&amp;Users…</source>
        <translation>Ben&amp;utzer…</translation>
    </message>
    <message>
        <source>&amp;Saved settings</source>
        <translation>&amp;Gespeicherte Einstellungen</translation>
    </message>
    <message>
        <source>&amp;Import settings…</source>
        <translation>Einstellungen &amp;importieren…</translation>
    </message>
    <message>
        <source>&amp;Export settings…</source>
        <translation>Einstellungen &amp;exportieren…</translation>
    </message>
    <message>
        <source>P&amp;references…</source>
        <translation>Op&amp;tionen…</translation>
    </message>
    <message>
        <source>&amp;Quit</source>
        <translation>&amp;Beenden</translation>
    </message>
    <message>
        <source>&amp;Server</source>
        <translation>&amp;Server</translation>
    </message>
    <message>
        <source>St&amp;art</source>
        <translation>S&amp;tarten</translation>
    </message>
    <message>
        <source>St&amp;op</source>
        <translation>Stopp&amp;en</translation>
    </message>
    <message>
        <source>&amp;Restart</source>
        <translation>&amp;Neu starten</translation>
    </message>
    <message>
        <source>Open in &amp;browser</source>
        <translation>Im &amp;Browser öffnen</translation>
    </message>
    <message>
        <source>&amp;Copy address</source>
        <translation>Adresse &amp;kopieren</translation>
    </message>
    <message>
        <source>&amp;QR code…</source>
        <translation>&amp;QR-Code…</translation>
    </message>
    <message>
        <source>&amp;View</source>
        <translation>&amp;Ansicht</translation>
    </message>
    <message>
        <source>Settin&amp;gs</source>
        <translation>&amp;Einstellungen</translation>
    </message>
    <message>
        <source>Pages &amp;below the log</source>
        <translation>Seiten unter dem Pro&amp;tokoll</translation>
    </message>
    <message>
        <source>F&amp;ilter</source>
        <translation>&amp;Filter</translation>
    </message>
    <message>
        <source>Pa&amp;use</source>
        <translation>Pa&amp;use</translation>
    </message>
    <message>
        <source>Follow the &amp;newest</source>
        <translation>Den neuesten f&amp;olgen</translation>
    </message>
    <message>
        <source>Cop&amp;y rows</source>
        <translation>Zeilen &amp;kopieren</translation>
    </message>
    <message>
        <source>Export ro&amp;ws…</source>
        <translation>&amp;Zeilen exportieren…</translation>
    </message>
    <message>
        <source>Cl&amp;ear</source>
        <translation>Lee&amp;ren</translation>
    </message>
    <message>
        <source>E&amp;xtras</source>
        <translation>E&amp;xtras</translation>
    </message>
    <message>
        <source>Self-&amp;test…</source>
        <translation>Selbst&amp;test…</translation>
    </message>
    <message>
        <source>&amp;Load test…</source>
        <translation>&amp;Lasttest…</translation>
    </message>
    <message>
        <source>&amp;Help</source>
        <translation>&amp;Hilfe</translation>
    </message>
    <message>
        <source>&amp;About Spindle</source>
        <translation>Ü&amp;ber Spindle</translation>
    </message>
</context>
<context>
    <name>Banner</name>
    <message>
        <source>Dis&amp;miss</source>
        <translation>&amp;Verstanden</translation>
    </message>
</context>
<context>
    <name>ChecksDialog</name>
    <message>
        <source>passed</source>
        <translation>bestanden</translation>
    </message>
    <message>
        <source>failed</source>
        <translation>nicht bestanden</translation>
    </message>
    <message>
        <source>skipped</source>
        <translation>ausgelassen</translation>
    </message>
    <message>
        <source>Self-test</source>
        <translation>Selbsttest</translation>
    </message>
    <message>
        <source>&amp;Only what did not pass</source>
        <translation>&amp;Nur was nicht bestanden hat</translation>
    </message>
    <message>
        <source>&amp;Run again</source>
        <translation>&amp;Erneut starten</translation>
    </message>
    <message>
        <source>Cop&amp;y</source>
        <translation>&amp;Kopieren</translation>
    </message>
    <message>
        <source>Check</source>
        <translation>Prüfung</translation>
    </message>
    <message>
        <source>Result</source>
        <translation>Ergebnis</translation>
    </message>
    <message>
        <source>Checks</source>
        <translation>Prüfungen</translation>
    </message>
    <message>
        <source>Progress</source>
        <translation>Fortschritt</translation>
    </message>
    <message>
        <source>The {count} checks of the test scripts, sent to {url}. What they upload is removed again.</source>
        <translation>Die {count} Prüfungen der Testskripte, gesendet an {url}. Was sie hochladen, wird wieder entfernt.</translation>
    </message>
    <message>
        <source>C&amp;ancel</source>
        <translation>&amp;Abbrechen</translation>
    </message>
    <message>
        <source>{passed} passed, {failed} failed, {skipped} skipped</source>
        <translation>{passed} bestanden, {failed} nicht bestanden, {skipped} ausgelassen</translation>
    </message>
    <message>
        <source>Cancelled after {done} of {all}: {numbers}</source>
        <translation>Abgebrochen nach {done} von {all}: {numbers}</translation>
    </message>
</context>
<context>
    <name>ConfigForm</name>
    <message>
        <source>Stop the server to change these.</source>
        <translation>Zum Ändern den Server stoppen.</translation>
    </message>
    <message>
        <source>Fol&amp;der</source>
        <translation>&amp;Ordner</translation>
    </message>
    <message>
        <source>&amp;Port</source>
        <translation>&amp;Port</translation>
    </message>
    <message>
        <source>Worker &amp;threads</source>
        <translation>&amp;Worker-Threads</translation>
    </message>
    <message>
        <source>Listen o&amp;n</source>
        <translation>Erreichbar &amp;für</translation>
    </message>
    <message>
        <source>A&amp;llowed hosts</source>
        <translation>Er&amp;laubte Hosts</translation>
    </message>
    <message>
        <source>Besides this computer&apos;s own names.</source>
        <translation>Neben den Namen dieses Computers.</translation>
    </message>
    <message>
        <source>Prof&amp;ile</source>
        <translation>Prof&amp;il</translation>
    </message>
    <message>
        <source>More settin&amp;gs…</source>
        <translation>Weitere Einstellun&amp;gen…</translation>
    </message>
    <message>
        <source>This computer only</source>
        <translation>Nur diesen Computer</translation>
    </message>
    <message>
        <source>The network</source>
        <translation>Das Netzwerk</translation>
    </message>
    <message>
        <source>example.test, *.example.test</source>
        <translation>beispiel.test, *.beispiel.test</translation>
    </message>
    <message>
        <source>{options} has no effect: choose the Website profile, or give --profile website.</source>
        <translation>{options} bewirkt nichts: das Profil Website wählen, oder --profile website angeben.</translation>
    </message>
</context>
<context>
    <name>CrashDialog</name>
    <message>
        <source>Spindle ran into an error</source>
        <translation>In Spindle ist ein Fehler aufgetreten</translation>
    </message>
    <message>
        <source>Something went wrong inside Spindle. It keeps running. Copy this text to report it.</source>
        <translation>In Spindle ist etwas schiefgegangen. Es läuft weiter. Kopieren Sie diesen Text, um es zu melden.</translation>
    </message>
    <message>
        <source>Error report</source>
        <translation>Fehlerbericht</translation>
    </message>
    <message>
        <source>&amp;Copy</source>
        <translation>&amp;Kopieren</translation>
    </message>
</context>
<context>
    <name>DetailsView</name>
    <message>
        <source>{status}, {bytes} bytes, {end}</source>
        <translation>{status}, {bytes} Byte, {end}</translation>
    </message>
    <message>
        <source>kept open</source>
        <translation>offen gehalten</translation>
    </message>
    <message>
        <source>closed</source>
        <translation>geschlossen</translation>
    </message>
    <message>
        <source>{client}, connection {connection}, request {request}</source>
        <translation>{client}, Verbindung {connection}, Anfrage {request}</translation>
    </message>
    <message>
        <source>waited {waited}, took {took}</source>
        <translation>wartete {waited}, dauerte {took}</translation>
    </message>
    <message>
        <source>{time} by {worker}</source>
        <translation>{time} von {worker}</translation>
    </message>
    <message>
        <source>Request</source>
        <translation>Anfrage</translation>
    </message>
    <message>
        <source>Reason</source>
        <translation>Grund</translation>
    </message>
    <message>
        <source>Answer</source>
        <translation>Antwort</translation>
    </message>
    <message>
        <source>Timing</source>
        <translation>Zeiten</translation>
    </message>
    <message>
        <source>Client</source>
        <translation>Client</translation>
    </message>
    <message>
        <source>Served</source>
        <translation>Bedient</translation>
    </message>
    <message>
        <source>Choose a row of the log to see its request, its answer and where the time went.</source>
        <translation>Wählen Sie eine Zeile des Protokolls, um Anfrage, Antwort und Zeiten zu sehen.</translation>
    </message>
    <message>
        <source>Request head</source>
        <translation>Kopf der Anfrage</translation>
    </message>
    <message>
        <source>Response head</source>
        <translation>Kopf der Antwort</translation>
    </message>
</context>
<context>
    <name>Exporter</name>
    <message>
        <source>Export the rows that are shown</source>
        <translation>Die gezeigten Zeilen exportieren</translation>
    </message>
    <message>
        <source>Table (*.csv)</source>
        <translation>Tabelle (*.csv)</translation>
    </message>
    <message>
        <source>JSON lines (*.jsonl)</source>
        <translation>JSON-Zeilen (*.jsonl)</translation>
    </message>
    <message>
        <source>The rows can&apos;t be written to {path}: {why}. Choose another place.</source>
        <translation>Die Zeilen können nicht nach {path} geschrieben werden: {why}. Wählen Sie einen anderen Ort.</translation>
    </message>
    <message>
        <source>{count} rows are in {path}.</source>
        <translation>{count} Zeilen stehen in {path}.</translation>
    </message>
    <message>
        <source>Choose a file…</source>
        <translation>Datei wählen…</translation>
    </message>
    <message>
        <source>Open the folder</source>
        <translation>Ordner öffnen</translation>
    </message>
</context>
<context>
    <name>FolderEditor</name>
    <message>
        <source>Browse…</source>
        <translation>Durchsuchen…</translation>
    </message>
    <message>
        <source>Browse for the folder</source>
        <translation>Den Ordner suchen</translation>
    </message>
    <message>
        <source>Choose the folder to serve</source>
        <translation>Den Ordner wählen, der ausgeliefert wird</translation>
    </message>
</context>
<context>
    <name>FormHints</name>
    <message>
        <source>Or drop a folder on this window.</source>
        <translation>Oder einen Ordner auf dieses Fenster ziehen.</translation>
    </message>
    <message>
        <source>Everyone on your network can read this folder.</source>
        <translation>Alle in Ihrem Netzwerk können diesen Ordner lesen.</translation>
    </message>
    <message>
        <source>Nobody else can reach it.</source>
        <translation>Niemand sonst erreicht ihn.</translation>
    </message>
    <message>
        <source>Windows asks once whether to let others in: allow private networks.</source>
        <translation>Windows fragt einmal, ob andere hereindürfen: Erlauben Sie private Netzwerke.</translation>
    </message>
    <message>
        <source>A firewall on this computer may have to let them in.</source>
        <translation>Eine Firewall auf diesem Computer muss sie vielleicht hereinlassen.</translation>
    </message>
    <message>
        <source>Every type is shown. A site&apos;s switches are below.</source>
        <translation>Jeder Typ wird angezeigt. Schalter für Websites sind unten.</translation>
    </message>
    <message>
        <source>Pages are shown, other files saved.</source>
        <translation>Seiten werden angezeigt, anderes gespeichert.</translation>
    </message>
    <message>
        <source>Also set: {names}.</source>
        <translation>Außerdem gesetzt: {names}.</translation>
    </message>
</context>
<context>
    <name>Hindrances</name>
    <message>
        <source>The test sends no password: expect 401 answers.</source>
        <translation>Der Test sendet kein Passwort: Antworten mit 401 sind zu erwarten.</translation>
    </message>
    <message>
        <source>All of it comes from one address, which has limits: expect 429 answers.</source>
        <translation>Alles kommt von einer Adresse, für die es Grenzen gibt: Antworten mit 429 sind zu erwarten.</translation>
    </message>
    <message>
        <source>The checks are those of the Standard profile: with another some can&apos;t pass.</source>
        <translation>Die Prüfungen sind die des Profils Standard: In einem anderen können manche nicht gelingen.</translation>
    </message>
</context>
<context>
    <name>Histogram</name>
    <message>
        <source>Latency histogram</source>
        <translation>Verteilung der Antwortzeiten</translation>
    </message>
    <message>
        <source>Nothing measured yet.</source>
        <translation>Noch nichts gemessen.</translation>
    </message>
</context>
<context>
    <name>InboxFeature</name>
    <message>
        <source>Inbox</source>
        <translation>Eingang</translation>
    </message>
</context>
<context>
    <name>InboxModel</name>
    <message>
        <source>Name</source>
        <translation>Name</translation>
    </message>
    <message>
        <source>Saved</source>
        <translation>Gespeichert</translation>
    </message>
    <message>
        <source>Size</source>
        <translation>Größe</translation>
    </message>
    <message>
        <source>From</source>
        <translation>Von</translation>
    </message>
</context>
<context>
    <name>InboxView</name>
    <message>
        <source>Open folder</source>
        <translation>Ordner öffnen</translation>
    </message>
    <message>
        <source>Copy text</source>
        <translation>Text kopieren</translation>
    </message>
    <message>
        <source>Copy as curl</source>
        <translation>Als curl kopieren</translation>
    </message>
    <message>
        <source>Copy as PowerShell</source>
        <translation>Als PowerShell kopieren</translation>
    </message>
    <message>
        <source>Uploads</source>
        <translation>Uploads</translation>
    </message>
    <message>
        <source>Text of the upload</source>
        <translation>Text des Uploads</translation>
    </message>
    <message>
        <source>No upload yet. Open {url} and send files.</source>
        <translation>Noch kein Upload. Öffnen Sie {url} und senden Sie Dateien.</translation>
    </message>
    <message>
        <source>What is sent to /upload appears here while the server runs.</source>
        <translation>Was an /upload gesendet wird, erscheint hier, während der Server läuft.</translation>
    </message>
    <message>
        <source>{type}, {size}. It is not opened here.</source>
        <translation>{type}, {size}. Die Datei wird hier nicht geöffnet.</translation>
    </message>
    <message>
        <source>{size}, too large to show: this is its beginning.</source>
        <translation>{size}, zu groß, um alles zu zeigen: Dies ist der Anfang.</translation>
    </message>
    <message>
        <source>Saved as</source>
        <translation>Gespeichert als</translation>
    </message>
    <message>
        <source>Choose an upload to read it.</source>
        <translation>Wählen Sie einen Upload, um ihn zu lesen.</translation>
    </message>
    <message>
        <source>No upload yet. Send JSON to {url}.</source>
        <translation>Noch kein Upload. Senden Sie JSON an {url}.</translation>
    </message>
    <message>
        <source>The file can&apos;t be read any more: {why}.</source>
        <translation>Die Datei ist nicht mehr lesbar: {why}.</translation>
    </message>
    <message>
        <source>{lines} lines, {size}</source>
        <translation>{lines} Zeilen, {size}</translation>
    </message>
</context>
<context>
    <name>LoadDialog</name>
    <message>
        <source>Load test</source>
        <translation>Lasttest</translation>
    </message>
    <message>
        <source>&amp;Keep connections open</source>
        <translation>Verbindungen &amp;offen halten</translation>
    </message>
    <message>
        <source>&amp;Run</source>
        <translation>&amp;Starten</translation>
    </message>
    <message>
        <source>&amp;Page</source>
        <translation>Se&amp;ite</translation>
    </message>
    <message>
        <source>C&amp;lients</source>
        <translation>C&amp;lients</translation>
    </message>
    <message>
        <source>R&amp;equests</source>
        <translation>Anf&amp;ragen</translation>
    </message>
    <message>
        <source>Sent from this computer, which also serves: good for comparing settings, not for records. The log table records each request.</source>
        <translation>Von diesem Computer gesendet, der auch antwortet: gut zum Vergleichen von Einstellungen, nicht für Rekorde. Jede Anfrage steht im Protokoll.</translation>
    </message>
    <message>
        <source>Progress</source>
        <translation>Fortschritt</translation>
    </message>
    <message>
        <source>The server has stopped.</source>
        <translation>Der Server wurde gestoppt.</translation>
    </message>
    <message>
        <source>The page begins with a slash and has no blanks, as /index.html.</source>
        <translation>Die Seite beginnt mit einem Schrägstrich und hat keine Leerzeichen, wie /index.html.</translation>
    </message>
    <message>
        <source>Starting.</source>
        <translation>Es geht los.</translation>
    </message>
    <message>
        <source>Cancelled.</source>
        <translation>Abgebrochen.</translation>
    </message>
    <message>
        <source>The load test ended unexpectedly. Run it again.</source>
        <translation>Der Lasttest endete unerwartet. Starten Sie ihn erneut.</translation>
    </message>
    <message>
        <source>C&amp;ancel</source>
        <translation>&amp;Abbrechen</translation>
    </message>
    <message>
        <source>{done} requests in {took} s: {rate} a second. p50 {p50}, p95 {p95}, p99 {p99}, slowest {slowest}. {statuses}</source>
        <translation>{done} Anfragen in {took} s: {rate} je Sekunde. p50 {p50}, p95 {p95}, p99 {p99}, längste {slowest}. {statuses}</translation>
    </message>
    <message>
        <source>Answers: {answers}.</source>
        <translation>Antworten: {answers}.</translation>
    </message>
</context>
<context>
    <name>LogColumns</name>
    <message>
        <source>Time</source>
        <translation>Zeit</translation>
    </message>
    <message>
        <source>Method</source>
        <translation>Methode</translation>
    </message>
    <message>
        <source>Target</source>
        <translation>Ziel</translation>
    </message>
    <message>
        <source>Status</source>
        <translation>Status</translation>
    </message>
    <message>
        <source>Reason</source>
        <translation>Grund</translation>
    </message>
    <message>
        <source>Bytes</source>
        <translation>Byte</translation>
    </message>
    <message>
        <source>Took</source>
        <translation>Dauer</translation>
    </message>
    <message>
        <source>Client</source>
        <translation>Client</translation>
    </message>
    <message>
        <source>Worker</source>
        <translation>Worker</translation>
    </message>
</context>
<context>
    <name>LogTable</name>
    <message>
        <source>Log</source>
        <translation>Protokoll</translation>
    </message>
    <message>
        <source>Follow the newest</source>
        <translation>Den neuesten folgen</translation>
    </message>
</context>
<context>
    <name>LogView</name>
    <message>
        <source>Any status</source>
        <translation>Jeder Status</translation>
    </message>
    <message>
        <source>2xx Success</source>
        <translation>2xx Erfolg</translation>
    </message>
    <message>
        <source>3xx Redirection</source>
        <translation>3xx Umleitung</translation>
    </message>
    <message>
        <source>4xx Client errors</source>
        <translation>4xx Fehler des Clients</translation>
    </message>
    <message>
        <source>5xx Server errors</source>
        <translation>5xx Fehler des Servers</translation>
    </message>
    <message>
        <source>Any level</source>
        <translation>Jede Stufe</translation>
    </message>
    <message>
        <source>Warnings and errors</source>
        <translation>Warnungen und Fehler</translation>
    </message>
    <message>
        <source>Errors</source>
        <translation>Fehler</translation>
    </message>
    <message>
        <source>Filter: path, client, reason…</source>
        <translation>Filter: Pfad, Client, Grund…</translation>
    </message>
    <message>
        <source>Filter</source>
        <translation>Filter</translation>
    </message>
    <message>
        <source>Rows that have all these words. status:4xx or client:127.0.0.1 looks in one place, -word leaves rows out.
Places: {places}</source>
        <translation>Zeilen mit allen diesen Wörtern. status:4xx oder client:127.0.0.1 sucht an einer Stelle, -Wort lässt Zeilen weg.
Stellen: {places}</translation>
    </message>
    <message>
        <source>Statuses shown</source>
        <translation>Gezeigte Status</translation>
    </message>
    <message>
        <source>Levels shown</source>
        <translation>Gezeigte Stufen</translation>
    </message>
    <message>
        <source>{kept} kept</source>
        <translation>{kept} behalten</translation>
    </message>
    <message>
        <source>{shown} shown</source>
        <translation>{shown} gezeigt</translation>
    </message>
    <message>
        <source>{dropped} dropped</source>
        <translation>{dropped} verworfen</translation>
    </message>
    <message>
        <source>paused, {waiting} waiting</source>
        <translation>angehalten, {waiting} warten</translation>
    </message>
    <message>
        <source>No row passes the filter
Clear the field, or choose any status and any level.</source>
        <translation>Keine Zeile passt zum Filter
Leeren Sie das Feld, oder wählen Sie jeden Status und jede Stufe.</translation>
    </message>
</context>
<context>
    <name>LowerPane</name>
    <message>
        <source>Pages</source>
        <translation>Seiten</translation>
    </message>
</context>
<context>
    <name>MainWindow</name>
    <message>
        <source>Workers</source>
        <translation>Worker</translation>
    </message>
    <message>
        <source>Details</source>
        <translation>Details</translation>
    </message>
    <message>
        <source>The settings can&apos;t be saved to {path}: {why}. They hold until you close the window.</source>
        <translation>Die Einstellungen können nicht in {path} gespeichert werden: {why}. Sie gelten, bis Sie das Fenster schließen.</translation>
    </message>
    <message>
        <source>A desktop launcher for a multi-threaded HTTP/1.1 server, written from scratch on sockets.</source>
        <translation>Ein Fenster für einen HTTP/1.1-Server mit mehreren Threads, von Grund auf über Sockets geschrieben.</translation>
    </message>
    <message>
        <source>About Spindle</source>
        <translation>Über Spindle</translation>
    </message>
    <message>
        <source>Waiting for the first request
Open {url} in a browser (Ctrl+B).</source>
        <translation>Noch keine Anfrage
Öffnen Sie {url} im Browser (Strg+B).</translation>
    </message>
    <message>
        <source>Choose a folder and press Start
The folder is at the left, or drop one on this window; F5 starts.
Every request will appear here as it is answered.</source>
        <translation>Ordner wählen und starten
Der Ordner steht links, oder ziehen Sie einen in dieses Fenster; F5 startet.
Hier erscheint jede Anfrage, sobald sie beantwortet ist.</translation>
    </message>
</context>
<context>
    <name>MoreSettingsDialog</name>
    <message>
        <source>More settings</source>
        <translation>Weitere Einstellungen</translation>
    </message>
    <message>
        <source>Groups of settings</source>
        <translation>Gruppen von Einstellungen</translation>
    </message>
    <message>
        <source>Stop the server to change these.</source>
        <translation>Zum Ändern den Server stoppen.</translation>
    </message>
    <message>
        <source>These belong to the Website profile: choose it in the window.</source>
        <translation>Diese gehören zum Profil Website: dort im Fenster zu wählen.</translation>
    </message>
</context>
<context>
    <name>PreferencesDialog</name>
    <message>
        <source>Preferences</source>
        <translation>Optionen</translation>
    </message>
    <message>
        <source>This can&apos;t be changed: {why}. Look at the rights to {path}.</source>
        <translation>Das lässt sich nicht ändern: {why}. Prüfen Sie die Rechte an {path}.</translation>
    </message>
</context>
<context>
    <name>PreferencesFeature</name>
    <message>
        <source>&amp;Start with the computer</source>
        <translation>&amp;Mit dem Computer starten</translation>
    </message>
    <message>
        <source>Serves as soon as you sign in. The file: {path}</source>
        <translation>In Betrieb, sobald Sie sich anmelden. Die Datei: {path}</translation>
    </message>
    <message>
        <source>Stay in the &amp;tray</source>
        <translation>Im &amp;Infobereich bleiben</translation>
    </message>
    <message>
        <source>A closed window goes on serving beside the clock.</source>
        <translation>Ein geschlossenes Fenster läuft neben der Uhr weiter.</translation>
    </message>
    <message>
        <source>Not available: this desktop shows no tray.</source>
        <translation>Nicht verfügbar: Dieser Desktop hat keinen Infobereich.</translation>
    </message>
    <message>
        <source>Keep this computer &amp;awake</source>
        <translation>Diesen Computer &amp;wach halten</translation>
    </message>
    <message>
        <source>While the server runs; the screen may go dark.</source>
        <translation>Solange der Server läuft; der Bildschirm darf dunkel werden.</translation>
    </message>
    <message>
        <source>Not available: systemd-inhibit is missing.</source>
        <translation>Nicht verfügbar: systemd-inhibit fehlt.</translation>
    </message>
    <message>
        <source>Keep settings &amp;beside the program</source>
        <translation>Einstellungen &amp;neben dem Programm ablegen</translation>
    </message>
    <message>
        <source>For a stick that travels. The settings: {path}</source>
        <translation>Für unterwegs auf einem Stick. Die Einstellungen: {path}</translation>
    </message>
</context>
<context>
    <name>QGnomeTheme</name>
    <message>
        <source>&amp;OK</source>
        <translation>&amp;OK</translation>
    </message>
    <message>
        <source>&amp;Cancel</source>
        <translation>&amp;Abbrechen</translation>
    </message>
    <message>
        <source>&amp;Close</source>
        <translation>S&amp;chließen</translation>
    </message>
</context>
<context>
    <name>QPlatformTheme</name>
    <message>
        <source>OK</source>
        <translation>OK</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Abbrechen</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>Schließen</translation>
    </message>
</context>
<context>
    <name>QrCode</name>
    <message>
        <source>QR code of {text}</source>
        <translation>QR-Code von {text}</translation>
    </message>
</context>
<context>
    <name>QuitQuestion</name>
    <message>
        <source>Spindle is serving</source>
        <translation>Spindle ist in Betrieb</translation>
    </message>
    <message>
        <source>Stop the server and quit?</source>
        <translation>Den Server stoppen und beenden?</translation>
    </message>
    <message>
        <source>{url} will no longer answer.</source>
        <translation>{url} antwortet dann nicht mehr.</translation>
    </message>
    <message>
        <source>&amp;Stop and quit</source>
        <translation>&amp;Stoppen und beenden</translation>
    </message>
    <message>
        <source>&amp;Keep serving</source>
        <translation>&amp;Weiterlaufen lassen</translation>
    </message>
</context>
<context>
    <name>RiskFeature</name>
    <message>
        <source>Serve {folder}?</source>
        <translation>{folder} ausliefern?</translation>
    </message>
    <message>
        <source>A folder with care</source>
        <translation>Ein Ordner mit Vorsicht</translation>
    </message>
    <message>
        <source>Whoever reaches the server can read every page, picture and text in it.</source>
        <translation>Wer den Server erreicht, kann jede Seite, jedes Bild und jeden Text darin lesen.</translation>
    </message>
    <message>
        <source>&amp;Serve it anyway</source>
        <translation>&amp;Trotzdem ausliefern</translation>
    </message>
    <message>
        <source>Choose &amp;another folder…</source>
        <translation>Anderen &amp;Ordner wählen…</translation>
    </message>
</context>
<context>
    <name>Risks</name>
    <message>
        <source>This is the root of a drive: everything on it would be served.</source>
        <translation>Dies ist die oberste Ebene eines Laufwerks: Alles darauf würde ausgeliefert.</translation>
    </message>
    <message>
        <source>This is your whole profile: documents, pictures, keys.</source>
        <translation>Dies ist Ihr ganzes Profil: Dokumente, Bilder, Schlüssel.</translation>
    </message>
    <message>
        <source>This folder holds the profiles of all who use this computer.</source>
        <translation>Dieser Ordner enthält die Profile aller, die diesen Computer nutzen.</translation>
    </message>
    <message>
        <source>Programs keep keys, passwords and histories in this folder.</source>
        <translation>Programme bewahren in diesem Ordner Schlüssel, Passwörter und Verläufe auf.</translation>
    </message>
    <message>
        <source>This folder belongs to the system.</source>
        <translation>Dieser Ordner gehört dem System.</translation>
    </message>
    <message>
        <source>This folder is on another computer: serving waits for the network.</source>
        <translation>Dieser Ordner liegt auf einem anderen Computer: Jede Antwort wartet auf das Netzwerk.</translation>
    </message>
</context>
<context>
    <name>RowMenu</name>
    <message>
        <source>Copy as curl, &amp;without its body</source>
        <translation>Als &amp;curl kopieren, ohne Inhalt</translation>
    </message>
    <message>
        <source>Copy as &amp;curl</source>
        <translation>Als &amp;curl kopieren</translation>
    </message>
    <message>
        <source>Copy as PowerShell, without its &amp;body</source>
        <translation>Als &amp;PowerShell kopieren, ohne Inhalt</translation>
    </message>
    <message>
        <source>Copy as &amp;PowerShell</source>
        <translation>Als &amp;PowerShell kopieren</translation>
    </message>
    <message>
        <source>&amp;Open in browser</source>
        <translation>Im Browser &amp;öffnen</translation>
    </message>
    <message>
        <source>Only this c&amp;lient: {client}</source>
        <translation>Nur dieser C&amp;lient: {client}</translation>
    </message>
    <message>
        <source>Only this &amp;status: {status}</source>
        <translation>Nur dieser &amp;Status: {status}</translation>
    </message>
    <message>
        <source>Show all &amp;rows</source>
        <translation>Alle Zeilen &amp;zeigen</translation>
    </message>
    <message>
        <source>&amp;Allow this host: {host}</source>
        <translation>Diesen Host erl&amp;auben: {host}</translation>
    </message>
    <message>
        <source>{host} is answered for from now on. It stands with the allowed hosts.</source>
        <translation>Für {host} wird ab jetzt geantwortet. Er steht bei den erlaubten Hosts.</translation>
    </message>
</context>
<context>
    <name>SavedSettingsDialog</name>
    <message>
        <source>Saved settings</source>
        <translation>Gespeicherte Einstellungen</translation>
    </message>
    <message>
        <source>&amp;Use</source>
        <translation>&amp;Verwenden</translation>
    </message>
    <message>
        <source>&amp;Save</source>
        <translation>&amp;Speichern</translation>
    </message>
    <message>
        <source>&amp;Rename</source>
        <translation>&amp;Umbenennen</translation>
    </message>
    <message>
        <source>&amp;Delete</source>
        <translation>&amp;Löschen</translation>
    </message>
    <message>
        <source>Name</source>
        <translation>Name</translation>
    </message>
    <message>
        <source>&amp;Name</source>
        <translation>&amp;Name</translation>
    </message>
    <message>
        <source>Save keeps the window&apos;s settings under this name.</source>
        <translation>Speichern behält die Einstellungen des Fensters unter diesem Namen.</translation>
    </message>
    <message>
        <source>{folder}, port {port}, {threads} threads, listening on {host}</source>
        <translation>{folder}, Port {port}, {threads} Threads, erreichbar über {host}</translation>
    </message>
    <message>
        <source>&amp;Save again</source>
        <translation>Er&amp;setzen</translation>
    </message>
</context>
<context>
    <name>SavedSettingsFeature</name>
    <message>
        <source>&amp;Edit saved settings…</source>
        <translation>Gespeicherte &amp;bearbeiten…</translation>
    </message>
    <message>
        <source>Export settings</source>
        <translation>Einstellungen exportieren</translation>
    </message>
    <message>
        <source>The settings can&apos;t be exported to {path}: {why}. Choose another place.</source>
        <translation>Die Einstellungen können nicht nach {path} exportiert werden: {why}. Wählen Sie einen anderen Ort.</translation>
    </message>
    <message>
        <source>Exported to {path}. `server.py --config` reads this file as well.</source>
        <translation>Nach {path} exportiert. Auch `server.py --config` liest diese Datei.</translation>
    </message>
    <message>
        <source>Import settings</source>
        <translation>Einstellungen importieren</translation>
    </message>
    <message>
        <source>Imported from {path}: the settings, and saved ones: {count}.</source>
        <translation>Aus {path} importiert: die Einstellungen und gespeicherte: {count}.</translation>
    </message>
</context>
<context>
    <name>Server</name>
    <message>
        <source>The head holds a control character.</source>
        <translation>Der Kopf enthält ein Steuerzeichen.</translation>
    </message>
    <message>
        <source>A carriage return stands alone: lines end in CR LF.</source>
        <translation>Ein Wagenrücklauf steht allein: Zeilen enden mit CR LF.</translation>
    </message>
    <message>
        <source>A line ends in LF alone: lines end in CR LF.</source>
        <translation>Eine Zeile endet nur mit LF: Zeilen enden mit CR LF.</translation>
    </message>
    <message>
        <source>The request line is malformed: it is a method, a target and HTTP/1.1, one space apart.</source>
        <translation>Die Anfragezeile ist fehlerhaft: Sie besteht aus Methode, Ziel und HTTP/1.1 mit je einem Leerzeichen.</translation>
    </message>
    <message>
        <source>The target is longer than 8 KiB: shorten it.</source>
        <translation>Das Ziel ist länger als 8 KiB: Kürzen Sie es.</translation>
    </message>
    <message>
        <source>Only HTTP/1.1 and HTTP/1.0 are spoken here.</source>
        <translation>Hier wird nur HTTP/1.1 und HTTP/1.0 gesprochen.</translation>
    </message>
    <message>
        <source>The head is larger than 32 KiB: send fewer or shorter fields.</source>
        <translation>Der Kopf ist größer als 32 KiB: Senden Sie weniger oder kürzere Felder.</translation>
    </message>
    <message>
        <source>The head has more than 100 fields: send fewer.</source>
        <translation>Der Kopf hat mehr als 100 Felder: Senden Sie weniger.</translation>
    </message>
    <message>
        <source>A field is folded over lines: write it on one.</source>
        <translation>Ein Feld ist auf mehrere Zeilen gefaltet: Schreiben Sie es in eine.</translation>
    </message>
    <message>
        <source>White space stands between a field&apos;s name and its colon.</source>
        <translation>Zwischen dem Namen eines Feldes und seinem Doppelpunkt steht Leerraum.</translation>
    </message>
    <message>
        <source>A field line is malformed: it is a name, a colon and a value.</source>
        <translation>Eine Feldzeile ist fehlerhaft: Sie besteht aus Name, Doppelpunkt und Wert.</translation>
    </message>
    <message>
        <source>The target is neither a path such as /index.html nor an http:// address.</source>
        <translation>Das Ziel ist weder ein Pfad wie /index.html noch eine Adresse mit http://.</translation>
    </message>
    <message>
        <source>The target has a % that is not followed by two hexadecimal digits: write %25 for a percent sign.</source>
        <translation>Im Ziel steht ein %, dem keine zwei Hexadezimalziffern folgen: Schreiben Sie %25 für ein Prozentzeichen.</translation>
    </message>
    <message>
        <source>Content-Length and Transfer-Encoding exclude each other: send one.</source>
        <translation>Content-Length und Transfer-Encoding schließen einander aus: Senden Sie eines davon.</translation>
    </message>
    <message>
        <source>Content-Length is not a whole number.</source>
        <translation>Content-Length ist keine ganze Zahl.</translation>
    </message>
    <message>
        <source>Content-Length is given twice with different values.</source>
        <translation>Content-Length steht zweimal mit verschiedenen Werten da.</translation>
    </message>
    <message>
        <source>Transfer-Encoding is malformed: the one that is known is chunked.</source>
        <translation>Transfer-Encoding ist fehlerhaft: Bekannt ist nur chunked.</translation>
    </message>
    <message>
        <source>Transfer-Encoding must name chunked once, and last.</source>
        <translation>Transfer-Encoding muss chunked einmal und zuletzt nennen.</translation>
    </message>
    <message>
        <source>HTTP/1.0 has no Transfer-Encoding: send Content-Length.</source>
        <translation>HTTP/1.0 kennt kein Transfer-Encoding: Senden Sie Content-Length.</translation>
    </message>
    <message>
        <source>Of the transfer codings only chunked is known.</source>
        <translation>Von den Transferkodierungen ist nur chunked bekannt.</translation>
    </message>
    <message>
        <source>A chunk is malformed: it is a size in hexadecimal, CR LF, the data and CR LF.</source>
        <translation>Ein Chunk ist fehlerhaft: Er besteht aus der Größe in Hexadezimal, CR LF, den Daten und CR LF.</translation>
    </message>
    <message>
        <source>The trailer section is malformed or too large.</source>
        <translation>Der Trailer ist fehlerhaft oder zu groß.</translation>
    </message>
    <message>
        <source>This server speaks HTTPS, and that was not.</source>
        <translation>Dieser Server spricht HTTPS, und das war keins.</translation>
    </message>
    <message>
        <source>The connection was closed by the client before the request was whole.</source>
        <translation>Der Client hat die Verbindung geschlossen, bevor die Anfrage vollständig war.</translation>
    </message>
    <message>
        <source>The request did not arrive in time: send it faster.</source>
        <translation>Die Anfrage kam nicht rechtzeitig an: Senden Sie sie schneller.</translation>
    </message>
    <message>
        <source>The only expectation that is met is 100-continue.</source>
        <translation>Die einzige Erwartung, die erfüllt wird, ist 100-continue.</translation>
    </message>
    <message>
        <source>The Host field is missing: name the server that is meant.</source>
        <translation>Das Feld Host fehlt: Nennen Sie den gemeinten Server.</translation>
    </message>
    <message>
        <source>The Host field is given more than once.</source>
        <translation>Das Feld Host steht mehr als einmal da.</translation>
    </message>
    <message>
        <source>The host is malformed: it is a name or an address, and a port if need be.</source>
        <translation>Der Host ist fehlerhaft: Er ist ein Name oder eine Adresse, bei Bedarf mit Port.</translation>
    </message>
    <message>
        <source>This server does not answer for that host name: ask whoever runs it to allow the name.</source>
        <translation>Dieser Server antwortet nicht für diesen Hostnamen: Bitten Sie den Betreiber, ihn zu erlauben.</translation>
    </message>
    <message>
        <source>This server is not for your network: ask whoever runs it to allow it.</source>
        <translation>Dieser Server ist nicht für Ihr Netzwerk da: Bitten Sie den Betreiber, es zu erlauben.</translation>
    </message>
    <message>
        <source>You have as many connections here as one client may: close some.</source>
        <translation>Sie haben hier so viele Verbindungen, wie ein Client haben darf: Schließen Sie einige.</translation>
    </message>
    <message>
        <source>You ask more often than one client may: try again a little later.</source>
        <translation>Sie fragen öfter, als ein Client darf: Versuchen Sie es etwas später.</translation>
    </message>
    <message>
        <source>A name and a password are needed here.</source>
        <translation>Hier werden Name und Passwort gebraucht.</translation>
    </message>
    <message>
        <source>The name or the password is wrong.</source>
        <translation>Der Name oder das Passwort ist falsch.</translation>
    </message>
    <message>
        <source>There were too many wrong passwords from your address: try again later.</source>
        <translation>Von Ihrer Adresse kamen zu viele falsche Passwörter: Versuchen Sie es später.</translation>
    </message>
    <message>
        <source>Too many passwords are being checked: try again in a moment.</source>
        <translation>Es werden zu viele Passwörter geprüft: Versuchen Sie es gleich noch einmal.</translation>
    </message>
    <message>
        <source>The path is not UTF-8.</source>
        <translation>Der Pfad ist kein UTF-8.</translation>
    </message>
    <message>
        <source>The path hides a slash as %2F.</source>
        <translation>Der Pfad versteckt einen Schrägstrich als %2F.</translation>
    </message>
    <message>
        <source>The path has a backslash.</source>
        <translation>Der Pfad enthält einen umgekehrten Schrägstrich.</translation>
    </message>
    <message>
        <source>The path has a control character.</source>
        <translation>Der Pfad enthält ein Steuerzeichen.</translation>
    </message>
    <message>
        <source>The path has one of the characters : * ? &quot; &lt; &gt; |</source>
        <translation>Der Pfad enthält eines der Zeichen : * ? &quot; &lt; &gt; |</translation>
    </message>
    <message>
        <source>The path has a . or .. segment.</source>
        <translation>Der Pfad hat einen Abschnitt . oder ..</translation>
    </message>
    <message>
        <source>The path has an empty segment.</source>
        <translation>Der Pfad hat einen leeren Abschnitt.</translation>
    </message>
    <message>
        <source>A part of the path ends in a dot or a space.</source>
        <translation>Ein Teil des Pfades endet mit einem Punkt oder Leerzeichen.</translation>
    </message>
    <message>
        <source>A part of the path is the name of a Windows device.</source>
        <translation>Ein Teil des Pfades ist der Name eines Windows-Geräts.</translation>
    </message>
    <message>
        <source>A part of the path is a Windows short name (8.3).</source>
        <translation>Ein Teil des Pfades ist ein Windows-Kurzname (8.3).</translation>
    </message>
    <message>
        <source>The path leads out of the folder that is served.</source>
        <translation>Der Pfad führt aus dem Ordner hinaus, der angeboten wird.</translation>
    </message>
    <message>
        <source>What was uploaded is not served.</source>
        <translation>Was hochgeladen wurde, wird nicht herausgegeben.</translation>
    </message>
    <message>
        <source>The target is neither a file nor a folder.</source>
        <translation>Das Ziel ist weder Datei noch Ordner.</translation>
    </message>
    <message>
        <source>The file can&apos;t be read: its permissions forbid it.</source>
        <translation>Die Datei ist nicht lesbar: Ihre Rechte verbieten es.</translation>
    </message>
    <message>
        <source>That method is not allowed here: see the Allow field.</source>
        <translation>Diese Methode ist hier nicht erlaubt: Siehe das Feld Allow.</translation>
    </message>
    <message>
        <source>There is nothing at this address.</source>
        <translation>Unter dieser Adresse gibt es nichts.</translation>
    </message>
    <message>
        <source>Files of this type are not served: only .html, .txt, .png, .jpg and .jpeg are.</source>
        <translation>Dateien dieses Typs werden nicht herausgegeben: nur .html, .txt, .png, .jpg und .jpeg.</translation>
    </message>
    <message>
        <source>The file has changed, or is not the one that was asked for.</source>
        <translation>Die Datei hat sich geändert oder ist nicht die, die verlangt war.</translation>
    </message>
    <message>
        <source>The folder has more files and folders than one zip may have: get its folders one by one.</source>
        <translation>Der Ordner enthält mehr Dateien und Ordner, als ein ZIP haben darf: Holen Sie seine Ordner einzeln.</translation>
    </message>
    <message>
        <source>The range lies outside the file.</source>
        <translation>Der Bereich liegt außerhalb der Datei.</translation>
    </message>
    <message>
        <source>Uploads must be of Content-Type: application/json.</source>
        <translation>Was hochgeladen wird, muss Content-Type: application/json haben.</translation>
    </message>
    <message>
        <source>Uploads must not be compressed: leave Content-Encoding out.</source>
        <translation>Was hochgeladen wird, darf nicht komprimiert sein: Lassen Sie Content-Encoding weg.</translation>
    </message>
    <message>
        <source>The length is missing: send Content-Length, or Transfer-Encoding: chunked.</source>
        <translation>Die Länge fehlt: Senden Sie Content-Length oder Transfer-Encoding: chunked.</translation>
    </message>
    <message>
        <source>Parts of files are not taken: send the whole file, without Content-Range.</source>
        <translation>Teile von Dateien werden nicht angenommen: Senden Sie die ganze Datei ohne Content-Range.</translation>
    </message>
    <message>
        <source>The body is larger than this server accepts.</source>
        <translation>Der Inhalt ist größer, als dieser Server annimmt.</translation>
    </message>
    <message>
        <source>A page of another site may not send files here: open this server&apos;s own page.</source>
        <translation>Eine Seite einer anderen Website darf hier keine Dateien senden: Öffnen Sie die Seite dieses Servers.</translation>
    </message>
    <message>
        <source>The file&apos;s name is missing: send it to /upload/ followed by its name, without folders.</source>
        <translation>Der Name der Datei fehlt: Senden Sie sie an /upload/ und ihren Namen, ohne Ordner.</translation>
    </message>
    <message>
        <source>No file can be saved under this name</source>
        <translation>Unter diesem Namen kann keine Datei gespeichert werden</translation>
    </message>
    <message>
        <source>The server&apos;s disk has too little room for this file: make room, or send a smaller one.</source>
        <translation>Auf dem Datenträger des Servers ist zu wenig Platz für diese Datei: Schaffen Sie Platz, oder senden Sie eine kleinere.</translation>
    </message>
    <message>
        <source>The body is empty</source>
        <translation>Der Inhalt ist leer</translation>
    </message>
    <message>
        <source>The body is not UTF-8</source>
        <translation>Der Inhalt ist kein UTF-8</translation>
    </message>
    <message>
        <source>The body begins with a byte order mark</source>
        <translation>Der Inhalt beginnt mit einer Byte-Order-Mark</translation>
    </message>
    <message>
        <source>The body is not valid JSON</source>
        <translation>Der Inhalt ist kein gültiges JSON</translation>
    </message>
    <message>
        <source>NaN and Infinity are not JSON</source>
        <translation>NaN und Infinity sind kein JSON</translation>
    </message>
    <message>
        <source>The JSON is nested more than 100 deep</source>
        <translation>Das JSON ist mehr als 100 Ebenen tief</translation>
    </message>
    <message>
        <source>The disk is full: nothing was saved. Make room and send it again.</source>
        <translation>Der Datenträger ist voll: Nichts wurde gespeichert. Schaffen Sie Platz, und senden Sie es noch einmal.</translation>
    </message>
    <message>
        <source>The upload could not be saved: the uploads folder can&apos;t be written to.</source>
        <translation>Der Upload konnte nicht gespeichert werden: In den Ordner uploads lässt sich nicht schreiben.</translation>
    </message>
    <message>
        <source>Something went wrong on the server; its log says what.</source>
        <translation>Auf dem Server ging etwas schief; sein Protokoll sagt, was.</translation>
    </message>
    <message>
        <source>The server is out of descriptors or memory: try again in a moment.</source>
        <translation>Dem Server fehlen Deskriptoren oder Speicher: Versuchen Sie es gleich noch einmal.</translation>
    </message>
    <message>
        <source>The uploads that are under way fill the room that there is for them: try again in a moment.</source>
        <translation>Die Uploads, die unterwegs sind, füllen den Platz dafür: Versuchen Sie es gleich noch einmal.</translation>
    </message>
    <message>
        <source>The folders that are sent as zip fill the room that there is for them: try again in a moment.</source>
        <translation>Die Ordner, die als ZIP gesendet werden, füllen den Platz dafür: Versuchen Sie es gleich noch einmal.</translation>
    </message>
    <message>
        <source>All workers are busy and the queue is full: try again in a moment.</source>
        <translation>Alle Worker sind beschäftigt, und die Warteschlange ist voll: Versuchen Sie es gleich noch einmal.</translation>
    </message>
    <message>
        <source>The server has as many connections as it may: try again in a moment.</source>
        <translation>Der Server hat so viele Verbindungen, wie er haben darf: Versuchen Sie es gleich noch einmal.</translation>
    </message>
    <message>
        <source>The folder {folder} does not answer: wait for its disk or network, or choose another.</source>
        <translation>Der Ordner {folder} antwortet nicht: Warten Sie auf seinen Datenträger oder das Netzwerk, oder wählen Sie einen anderen.</translation>
    </message>
    <message>
        <source>The file {file} can&apos;t be read: {why}.</source>
        <translation>Die Datei {file} ist nicht lesbar: {why}.</translation>
    </message>
    <message>
        <source>The log file {file} can&apos;t be written: {why}. Choose another.</source>
        <translation>In die Logdatei {file} lässt sich nicht schreiben: {why}. Wählen Sie eine andere.</translation>
    </message>
    <message>
        <source>The server ended by an unexpected error: {why}.</source>
        <translation>Der Server endete durch einen unerwarteten Fehler: {why}.</translation>
    </message>
    <message>
        <source>Start it again.</source>
        <translation>Starten Sie ihn erneut.</translation>
    </message>
    <message>
        <source>The settings can&apos;t be read: {why} Spindle uses its defaults and keeps the old file as {aside}.</source>
        <translation>Die Einstellungen sind nicht lesbar: {why} Spindle nimmt seine Vorgaben und bewahrt die alte Datei als {aside} auf.</translation>
    </message>
    <message>
        <source>The settings can&apos;t be read: {why} {file} can&apos;t be renamed either: {error}.</source>
        <translation>Die Einstellungen sind nicht lesbar: {why} {file} lässt sich auch nicht umbenennen: {error}.</translation>
    </message>
    <message>
        <source>Passwords are sent as plain text without HTTPS: whoever is on the network between can read them.</source>
        <translation>Ohne HTTPS gehen Passwörter als Klartext durchs Netz: Wer dazwischen ist, kann sie lesen.</translation>
    </message>
    <message>
        <source>The users file {file} can be read by other users of this computer: take that permission away (chmod 600).</source>
        <translation>Die Benutzerdatei {file} können andere Benutzer dieses Computers lesen: Entziehen Sie ihnen das Recht (chmod 600).</translation>
    </message>
    <message>
        <source>Everybody who can reach this computer can send files to it: ask for a password (--users), or say who may come (--allow-client).</source>
        <translation>Wer diesen Computer erreicht, kann ihm Dateien senden: Verlangen Sie ein Passwort (--users), oder sagen Sie, wer kommen darf (--allow-client).</translation>
    </message>
    <message>
        <source> The limit is {most:,}.</source>
        <translation> Die Grenze ist {most:,}.</translation>
    </message>
    <message>
        <source>The certificate was made by this computer, and browsers warn of it until it is trusted.
Its SHA-256 fingerprint is
  {fingerprint}
Compare that with the one that the browser shows beside its warning, and go on if they are the same.
To be warned no more, trust the file {file} on each device:
  Windows   certutil -user -addstore Root &quot;{file}&quot;
  Firefox   Settings, Certificates, Servers, Add Exception: {url}
  curl      curl --cacert &quot;{file}&quot; {url}</source>
        <translation>Das Zertifikat hat dieser Computer erzeugt, und Browser warnen davor, bis ihm vertraut wird.
Sein SHA-256-Fingerabdruck ist
  {fingerprint}
Vergleichen Sie ihn mit dem, den der Browser neben seiner Warnung zeigt, und fahren Sie fort, wenn beide gleich sind.
Damit nicht mehr gewarnt wird, vertrauen Sie der Datei {file} auf jedem Gerät:
  Windows   certutil -user -addstore Root &quot;{file}&quot;
  Firefox   Einstellungen, Zertifikate, Server, Ausnahme hinzufügen: {url}
  curl      curl --cacert &quot;{file}&quot; {url}</translation>
    </message>
    <message>
        <source>certificate</source>
        <translation>Zertifikat</translation>
    </message>
    <message>
        <source>{file} {wrong}: name the file with -----BEGIN CERTIFICATE----- in it, often fullchain.pem.</source>
        <translation>{file} {wrong}: Nennen Sie die Datei, in der -----BEGIN CERTIFICATE----- steht, oft fullchain.pem.</translation>
    </message>
    <message>
        <source>The certificate in {file} ran out on {day}: get a new one.</source>
        <translation>Das Zertifikat in {file} ist am {day} abgelaufen: Besorgen Sie ein neues.</translation>
    </message>
    <message>
        <source>The certificate in {file} is not valid before {day}: wait until then, or set this computer&apos;s clock.</source>
        <translation>Das Zertifikat in {file} gilt erst ab {day}: Warten Sie bis dahin, oder stellen Sie die Uhr dieses Computers.</translation>
    </message>
    <message>
        <source>key</source>
        <translation>Schlüssel</translation>
    </message>
    <message>
        <source>{file} {wrong}: name the file with -----BEGIN PRIVATE KEY----- in it, often privkey.pem.</source>
        <translation>{file} {wrong}: Nennen Sie die Datei, in der -----BEGIN PRIVATE KEY----- steht, oft privkey.pem.</translation>
    </message>
    <message>
        <source>The key in {file} is protected by a password: remove that with `openssl pkey -in KEY -out NEW`, and name the new file.</source>
        <translation>Der Schlüssel in {file} ist durch ein Passwort geschützt: Entfernen Sie es mit `openssl pkey -in KEY -out NEW`, und nennen Sie die neue Datei.</translation>
    </message>
    <message>
        <source>holds a key, but no certificate</source>
        <translation>enthält einen Schlüssel, aber kein Zertifikat</translation>
    </message>
    <message>
        <source>is no certificate in PEM form</source>
        <translation>ist kein Zertifikat in PEM-Form</translation>
    </message>
    <message>
        <source>The certificate in {file} is damaged: save it anew.</source>
        <translation>Das Zertifikat in {file} ist beschädigt: Speichern Sie es neu.</translation>
    </message>
    <message>
        <source>holds a certificate, but no key</source>
        <translation>enthält ein Zertifikat, aber keinen Schlüssel</translation>
    </message>
    <message>
        <source>is no key in PEM form</source>
        <translation>ist kein Schlüssel in PEM-Form</translation>
    </message>
    <message>
        <source>The {what} {file} does not exist: name one that does.</source>
        <translation>{what} {file} gibt es nicht: Nennen Sie eine vorhandene Datei.</translation>
    </message>
    <message>
        <source>{file} is a folder: name the file of the {what} in it.</source>
        <translation>{file} ist ein Ordner: Nennen Sie die Datei darin ({what}).</translation>
    </message>
    <message>
        <source>The {what} {file} can&apos;t be read: {why}.</source>
        <translation>{what} {file} ist nicht lesbar: {why}.</translation>
    </message>
    <message>
        <source> The limit is {most} a second.</source>
        <translation> Die Grenze ist {most} in der Sekunde.</translation>
    </message>
    <message>
        <source> It has {size} bytes.</source>
        <translation> Sie hat {size} Bytes.</translation>
    </message>
    <message>
        <source>The users file {file} is in the folder that is served: move it to where nobody can fetch it.</source>
        <translation>Die Benutzerdatei {file} liegt in dem Ordner, der angeboten wird: Legen Sie sie dorthin, wo niemand sie abholen kann.</translation>
    </message>
    <message>
        <source>The port</source>
        <translation>Der Port</translation>
    </message>
    <message>
        <source>The number of threads</source>
        <translation>Die Zahl der Threads</translation>
    </message>
    <message>
        <source>The profile</source>
        <translation>Das Profil</translation>
    </message>
    <message>
        <source>The number of connections of one client</source>
        <translation>Die Zahl der Verbindungen eines Clients</translation>
    </message>
    <message>
        <source>The number of requests a second</source>
        <translation>Die Zahl der Anfragen in der Sekunde</translation>
    </message>
    <message>
        <source>The largest file</source>
        <translation>Die größte Datei</translation>
    </message>
    <message>
        <source>The room to leave</source>
        <translation>Der frei zu haltende Platz</translation>
    </message>
    <message>
        <source>The number of connections</source>
        <translation>Die Zahl der Verbindungen</translation>
    </message>
    <message>
        <source>The queue size</source>
        <translation>Die Länge der Warteschlange</translation>
    </message>
    <message>
        <source>The keep-alive timeout</source>
        <translation>Die Keep-Alive-Zeit</translation>
    </message>
    <message>
        <source>The number of requests</source>
        <translation>Die Zahl der Anfragen</translation>
    </message>
    <message>
        <source>The largest body</source>
        <translation>Der größte Inhalt</translation>
    </message>
    <message>
        <source>The log format</source>
        <translation>Die Form des Protokolls</translation>
    </message>
    <message>
        <source>a name in double quotes or }} is expected</source>
        <translation>hier fehlt ein Name in Anführungszeichen oder }}</translation>
    </message>
    <message>
        <source>a comma or }} is expected</source>
        <translation>hier fehlt ein Komma oder }}</translation>
    </message>
    <message>
        <source> Open {url} instead.</source>
        <translation> Öffnen Sie stattdessen {url}.</translation>
    </message>
    <message>
        <source>One of the names is empty: write a name, or leave the option out.</source>
        <translation>Einer der Namen ist leer: Schreiben Sie einen, oder lassen Sie die Option weg.</translation>
    </message>
    <message>
        <source>One of the values has a line break: give the option once for each value.</source>
        <translation>Einer der Werte enthält einen Zeilenumbruch: Geben Sie die Option für jeden Wert einmal an.</translation>
    </message>
    <message>
        <source>A certificate of your own and one that is made here exclude each other: choose one of them.</source>
        <translation>Ein eigenes und ein hier erzeugtes Zertifikat schließen einander aus: Wählen Sie eines davon.</translation>
    </message>
    <message>
        <source>The config file {file} has settings that do not exist: {names}. Known are {known}.</source>
        <translation>Die Konfigurationsdatei {file} enthält Einstellungen, die es nicht gibt: {names}. Bekannt sind {known}.</translation>
    </message>
    <message>
        <source>{option} belongs to the Website profile: choose that (--profile website), or leave it out.</source>
        <translation>{option} gehört zum Profil Website: Wählen Sie dieses (--profile website), oder lassen Sie es weg.</translation>
    </message>
    <message>
        <source>{network} is denied as well, so nobody from there may come: take one out.</source>
        <translation>{network} ist auch ausgeschlossen, also darf von dort niemand kommen: Nehmen Sie eines von beiden heraus.</translation>
    </message>
    <message>
        <source>The config file {file} is not UTF-8 text: save it as UTF-8.</source>
        <translation>Die Konfigurationsdatei {file} ist kein UTF-8-Text: Speichern Sie sie als UTF-8.</translation>
    </message>
    <message>
        <source>The config file {file} has no [{section}] section: add it.</source>
        <translation>Die Konfigurationsdatei {file} hat keinen Abschnitt [{section}]: Fügen Sie ihn hinzu.</translation>
    </message>
    <message>
        <source>The config file {file} is not an INI file: {why}.</source>
        <translation>Die Konfigurationsdatei {file} ist keine INI-Datei: {why}.</translation>
    </message>
    <message>
        <source>The certificate needs its key: name that too (--tls-key).</source>
        <translation>Das Zertifikat braucht seinen Schlüssel: Nennen Sie auch diesen (--tls-key).</translation>
    </message>
    <message>
        <source>The key needs its certificate: name that too (--tls-cert).</source>
        <translation>Der Schlüssel braucht sein Zertifikat: Nennen Sie auch dieses (--tls-cert).</translation>
    </message>
    <message>
        <source>The config file {file} can&apos;t be read: {why}.</source>
        <translation>Die Konfigurationsdatei {file} ist nicht lesbar: {why}.</translation>
    </message>
    <message>
        <source>null can&apos;t be allowed, for every file and every sandboxed frame has that origin: serve the page from an address, and allow that.</source>
        <translation>null kann nicht erlaubt werden, denn jede Datei und jeder Sandbox-Rahmen hat diese Herkunft: Bieten Sie die Seite unter einer Adresse an, und erlauben Sie diese.</translation>
    </message>
    <message>
        <source>{text!r} is not an origin: write https://app.example or http://localhost:3000, without a path, or * for every origin.</source>
        <translation>{text!r} ist keine Herkunft: Schreiben Sie https://app.example oder http://localhost:3000 ohne Pfad, oder * für jede.</translation>
    </message>
    <message>
        <source>{line!r} is not a field: write &apos;Name: value&apos;, the name in letters, digits and hyphens, the value in visible ASCII.</source>
        <translation>{line!r} ist kein Feld: Schreiben Sie &apos;Name: Wert&apos;, den Namen aus Buchstaben, Ziffern und Bindestrichen, den Wert in sichtbarem ASCII.</translation>
    </message>
    <message>
        <source>{name} is not for --header to set: use {option}.</source>
        <translation>{name} ist nicht Sache von --header: Nehmen Sie {option}.</translation>
    </message>
    <message>
        <source>{name} is what the server itself says of each answer: leave it out.</source>
        <translation>{name} sagt der Server in jeder Antwort selbst: Lassen Sie es weg.</translation>
    </message>
    <message>
        <source>{text!r} is not how long files may be kept: write none, revalidate, or whole seconds from 0 to {most}.</source>
        <translation>{text!r} sagt nicht, wie lange Dateien aufbewahrt werden: Schreiben Sie none, revalidate oder ganze Sekunden von 0 bis {most}.</translation>
    </message>
    <message>
        <source>saved {where}</source>
        <translation>gespeichert als {where}</translation>
    </message>
    <message>
        <source> The limit is {most} bytes.</source>
        <translation> Die Grenze ist {most} Bytes.</translation>
    </message>
    <message>
        <source>{text!r} is not a host name: write a name such as example.test, *.example.test for all names below it, or * for every host, without http:// and without a path.</source>
        <translation>{text!r} ist kein Hostname: Schreiben Sie einen wie beispiel.test, *.beispiel.test für alle Namen darunter oder * für jeden Host, ohne http:// und ohne Pfad.</translation>
    </message>
    <message>
        <source>To make a certificate the library cryptography is needed: install it with `python -m pip install cryptography`, or name a certificate of your own.</source>
        <translation>Um ein Zertifikat zu erzeugen, wird die Bibliothek cryptography gebraucht: Installieren Sie sie mit `python -m pip install cryptography`, oder nennen Sie ein eigenes Zertifikat.</translation>
    </message>
    <message>
        <source>The certificate can&apos;t be kept in {folder}: {why}.</source>
        <translation>Das Zertifikat kann nicht in {folder} aufbewahrt werden: {why}.</translation>
    </message>
    <message>
        <source>a value is expected</source>
        <translation>hier fehlt ein Wert</translation>
    </message>
    <message>
        <source>a value or ] is expected</source>
        <translation>hier fehlt ein Wert oder ]</translation>
    </message>
    <message>
        <source>a name in double quotes is expected</source>
        <translation>hier fehlt ein Name in Anführungszeichen</translation>
    </message>
    <message>
        <source>a colon is expected</source>
        <translation>hier fehlt ein Doppelpunkt</translation>
    </message>
    <message>
        <source>a comma or ] is expected</source>
        <translation>hier fehlt ein Komma oder ]</translation>
    </message>
    <message>
        <source>nothing more is expected</source>
        <translation>hier darf nichts mehr stehen</translation>
    </message>
    <message>
        <source>line {line} column {column}</source>
        <translation>Zeile {line} Spalte {column}</translation>
    </message>
    <message>
        <source>the text ends where {expected}</source>
        <translation>der Text endet zu früh, {expected}</translation>
    </message>
    <message>
        <source>a control character in a string</source>
        <translation>ein Steuerzeichen in einem String</translation>
    </message>
    <message>
        <source>: {fault}, {place}.</source>
        <translation>: {fault}, {place}.</translation>
    </message>
    <message>
        <source>: {place}. Send a JSON text.</source>
        <translation>: {place}. Senden Sie einen JSON-Text.</translation>
    </message>
    <message>
        <source>: {place}.</source>
        <translation>: {place}.</translation>
    </message>
    <message>
        <source>: byte 0. Leave it out.</source>
        <translation>: Byte 0. Lassen Sie sie weg.</translation>
    </message>
    <message>
        <source>the text ends within a string</source>
        <translation>der Text endet in einem String</translation>
    </message>
    <message>
        <source>an escape that JSON does not know</source>
        <translation>eine Escape-Folge, die JSON nicht kennt</translation>
    </message>
    <message>
        <source>: byte {at} ({octet:#04x}).</source>
        <translation>: Byte {at} ({octet:#04x}).</translation>
    </message>
    <message>
        <source>Choose 127.0.0.1 for this computer or 0.0.0.0 for the network.</source>
        <translation>Wählen Sie 127.0.0.1 für diesen Computer oder 0.0.0.0 für das Netzwerk.</translation>
    </message>
    <message>
        <source>Port {port} on {host} can&apos;t be listened on: {why}.</source>
        <translation>Auf Port {port} von {host} kann nicht gehorcht werden: {why}.</translation>
    </message>
    <message>
        <source>Choose another address or port.</source>
        <translation>Wählen Sie eine andere Adresse oder einen anderen Port.</translation>
    </message>
    <message>
        <source>The address {host} is unknown.</source>
        <translation>Die Adresse {host} ist unbekannt.</translation>
    </message>
    <message>
        <source>Port {port} on {host} is already in use by {holder}.</source>
        <translation>Port {port} auf {host} wird schon benutzt, von {holder}.</translation>
    </message>
    <message>
        <source>Choose another port, or stop that program.</source>
        <translation>Wählen Sie einen anderen Port, oder beenden Sie dieses Programm.</translation>
    </message>
    <message>
        <source>{host} is not an address of this computer.</source>
        <translation>{host} ist keine Adresse dieses Computers.</translation>
    </message>
    <message>
        <source>Port {port} on {host} is held exclusively by {holder}, or reserved by Windows.</source>
        <translation>Port {port} auf {host} hält {holder} für sich allein, oder Windows hat ihn reserviert.</translation>
    </message>
    <message>
        <source>Choose another port; `netsh interface ipv4 show excludedportrange protocol=tcp` lists those that are reserved.</source>
        <translation>Wählen Sie einen anderen Port; `netsh interface ipv4 show excludedportrange protocol=tcp` nennt die reservierten.</translation>
    </message>
    <message>
        <source>Port {port} on {host} may only be used by an administrator.</source>
        <translation>Port {port} auf {host} darf nur ein Administrator benutzen.</translation>
    </message>
    <message>
        <source>Choose a port from 1024 on, such as 8080.</source>
        <translation>Wählen Sie einen Port ab 1024, etwa 8080.</translation>
    </message>
    <message>
        <source>This computer has no network for addresses like {host}.</source>
        <translation>Dieser Computer hat kein Netzwerk für Adressen wie {host}.</translation>
    </message>
    <message>
        <source>Choose 127.0.0.1.</source>
        <translation>Wählen Sie 127.0.0.1.</translation>
    </message>
    <message>
        <source>another program</source>
        <translation>einem anderen Programm</translation>
    </message>
    <message>
        <source> Here that begins with https://.</source>
        <translation> Hier beginnt sie mit https://.</translation>
    </message>
    <message>
        <source>{text!r} is not a network: write one as 192.0.2.0/24 or 2001:db8::/32, or a single address.</source>
        <translation>{text!r} ist kein Netzwerk: Schreiben Sie eines wie 192.0.2.0/24 oder 2001:db8::/32, oder eine einzelne Adresse.</translation>
    </message>
    <message>
        <source>{text!r} is an address in a network: write {loose} for the network, or {address} for the address alone.</source>
        <translation>{text!r} ist eine Adresse in einem Netzwerk: Schreiben Sie {loose} für das Netzwerk oder {address} für die Adresse allein.</translation>
    </message>
    <message>
        <source> No free name was found.</source>
        <translation> Es fand sich kein freier Name.</translation>
    </message>
    <message>
        <source> The system says: {why}.</source>
        <translation> Das System sagt: {why}.</translation>
    </message>
    <message>
        <source>A password has at least {least} characters: choose a longer one.</source>
        <translation>Ein Passwort hat mindestens {least} Zeichen: Wählen Sie ein längeres.</translation>
    </message>
    <message>
        <source>A password has at most {most} characters: choose a shorter one.</source>
        <translation>Ein Passwort hat höchstens {most} Zeichen: Wählen Sie ein kürzeres.</translation>
    </message>
    <message>
        <source>A password has no control characters: choose one that can be typed.</source>
        <translation>Ein Passwort hat keine Steuerzeichen: Wählen Sie eines, das man tippen kann.</translation>
    </message>
    <message>
        <source> Rename the file and send it again.</source>
        <translation> Benennen Sie die Datei um, und senden Sie sie noch einmal.</translation>
    </message>
    <message>
        <source>it begins with a dot</source>
        <translation>er beginnt mit einem Punkt</translation>
    </message>
    <message>
        <source>names like this one are given to JSON uploads</source>
        <translation>solche Namen bekommen JSON-Uploads</translation>
    </message>
    <message>
        <source>Windows acts on files of this kind when their folder is opened</source>
        <translation>Windows führt Dateien dieser Art aus, sobald ihr Ordner geöffnet wird</translation>
    </message>
    <message>
        <source>it has characters that turn the direction of writing</source>
        <translation>er enthält Zeichen, die die Schreibrichtung umkehren</translation>
    </message>
    <message>
        <source>: it is longer than {most} bytes.{advice}</source>
        <translation>: Er ist länger als {most} Bytes.{advice}</translation>
    </message>
    <message>
        <source>: {fault}.{advice}</source>
        <translation>: {fault}.{advice}</translation>
    </message>
    <message>
        <source>{sentence}{detail}</source>
        <translation>{sentence}{detail}</translation>
    </message>
    <message>
        <source>{what} must be a whole number from {lowest} to {highest}, not {text!r}.</source>
        <translation>{what} muss eine ganze Zahl von {lowest} bis {highest} sein, nicht {text!r}.</translation>
    </message>
    <message>
        <source>{what} must be a number of seconds from {lowest:g} to {highest:g}, not {text!r}.</source>
        <translation>{what} muss eine Zahl von Sekunden von {lowest:g} bis {highest:g} sein, nicht {text!r}.</translation>
    </message>
    <message>
        <source>{what} must be {one} or {other}, not {text!r}.</source>
        <translation>{what} muss {one} oder {other} sein, nicht {text!r}.</translation>
    </message>
    <message>
        <source>A switch must be yes or no, not {text!r}.</source>
        <translation>Ein Schalter ist yes oder no, nicht {text!r}.</translation>
    </message>
    <message>
        <source>Choose the folder to serve.</source>
        <translation>Wählen Sie den Ordner, der angeboten wird.</translation>
    </message>
    <message>
        <source>The name of the log file has a NUL character: leave it out.</source>
        <translation>Der Name der Logdatei enthält ein NUL-Zeichen: Lassen Sie es weg.</translation>
    </message>
    <message>
        <source>{text} is a folder: name a file in it.</source>
        <translation>{text} ist ein Ordner: Nennen Sie eine Datei darin.</translation>
    </message>
    <message>
        <source>The folder {folder} does not exist: create it, or choose another file.</source>
        <translation>Den Ordner {folder} gibt es nicht: Legen Sie ihn an, oder wählen Sie eine andere Datei.</translation>
    </message>
    <message>
        <source>The name of the {what} has a NUL character: leave it out.</source>
        <translation>Der Name ({what}) enthält ein NUL-Zeichen: Lassen Sie es weg.</translation>
    </message>
    <message>
        <source>{text!r} is not an address to listen on: write 127.0.0.1 for this computer only, 0.0.0.0 for the network, or an address of this computer.</source>
        <translation>{text!r} ist keine Adresse zum Horchen: Schreiben Sie 127.0.0.1 für nur diesen Computer, 0.0.0.0 für das Netzwerk oder eine Adresse dieses Computers.</translation>
    </message>
    <message>
        <source>The name of the users file has a NUL character: leave it out.</source>
        <translation>Der Name der Benutzerdatei enthält ein NUL-Zeichen: Lassen Sie es weg.</translation>
    </message>
    <message>
        <source>The users file {file} does not exist: add a user first, which makes it (--add-user).</source>
        <translation>Die Benutzerdatei {file} gibt es nicht: Fügen Sie zuerst einen Benutzer hinzu, das legt sie an (--add-user).</translation>
    </message>
    <message>
        <source>The users file {file} has no user yet: add one (--add-user).</source>
        <translation>Die Benutzerdatei {file} hat noch keinen Benutzer: Fügen Sie einen hinzu (--add-user).</translation>
    </message>
    <message>
        <source>The folder {text} does not exist: choose one that does, or create it.</source>
        <translation>Den Ordner {text} gibt es nicht: Wählen Sie einen vorhandenen, oder legen Sie ihn an.</translation>
    </message>
    <message>
        <source>{text} is a file: choose the folder that holds it.</source>
        <translation>{text} ist eine Datei: Wählen Sie den Ordner, in dem sie liegt.</translation>
    </message>
    <message>
        <source>The folder {text} can&apos;t be read: choose another, or ask for permission to read it.</source>
        <translation>Der Ordner {text} ist nicht lesbar: Wählen Sie einen anderen, oder bitten Sie um das Recht, ihn zu lesen.</translation>
    </message>
    <message>
        <source>The folder {text} can&apos;t be used: {why}.</source>
        <translation>Der Ordner {text} ist nicht brauchbar: {why}.</translation>
    </message>
    <message>
        <source>{entry!r} is not a type: write .extension=type/subtype, as .glb=model/gltf-binary.</source>
        <translation>{entry!r} ist kein Typ: Schreiben Sie .endung=typ/untertyp, etwa .glb=model/gltf-binary.</translation>
    </message>
    <message>
        <source>{certificate} and {key} can&apos;t be used, one is damaged (OpenSSL says {reason}): save both anew.</source>
        <translation>{certificate} und {key} sind nicht brauchbar, eines ist beschädigt (OpenSSL sagt {reason}): Speichern Sie beide neu.</translation>
    </message>
    <message>
        <source>The key in {key} does not belong to the certificate in {certificate}: name the two that were made together.</source>
        <translation>Der Schlüssel in {key} gehört nicht zum Zertifikat in {certificate}: Nennen Sie die beiden, die zusammen erzeugt wurden.</translation>
    </message>
    <message>
        <source>The certificate in {certificate} is too weak for today&apos;s clients: get one with a key of RSA 2048 or ECDSA P-256 and SHA-256.</source>
        <translation>Das Zertifikat in {certificate} ist zu schwach für heutige Clients: Besorgen Sie eines mit einem Schlüssel RSA 2048 oder ECDSA P-256 und mit SHA-256.</translation>
    </message>
    <message>
        <source>{certificate} or {key} can&apos;t be read: {why}.</source>
        <translation>{certificate} oder {key} ist nicht lesbar: {why}.</translation>
    </message>
    <message>
        <source> It is a link to somewhere else.</source>
        <translation> Er ist ein Link nach anderswo.</translation>
    </message>
    <message>
        <source>There is no user {name!r} in {file}.</source>
        <translation>Es gibt keinen Benutzer {name!r} in {file}.</translation>
    </message>
    <message>
        <source>{name!r} can&apos;t be a user&apos;s name: write 1 to {most} characters without a colon, without spaces around them, and no # in front.</source>
        <translation>{name!r} kann kein Benutzername sein: Schreiben Sie 1 bis {most} Zeichen ohne Doppelpunkt, ohne Leerzeichen am Rand und ohne # am Anfang.</translation>
    </message>
    <message>
        <source>Line {number} of the users file {file} is no user: take it out; --add-user adds users.</source>
        <translation>Zeile {number} der Benutzerdatei {file} ist kein Benutzer: Nehmen Sie sie heraus; --add-user fügt Benutzer hinzu.</translation>
    </message>
    <message>
        <source>Line {number} of the users file {file} names {name} again: take one line out.</source>
        <translation>Zeile {number} der Benutzerdatei {file} nennt {name} noch einmal: Nehmen Sie eine Zeile heraus.</translation>
    </message>
    <message>
        <source>The users file {file} can&apos;t be read: {why}.</source>
        <translation>Die Benutzerdatei {file} ist nicht lesbar: {why}.</translation>
    </message>
    <message>
        <source>The users file {file} is not UTF-8 text: save it as UTF-8.</source>
        <translation>Die Benutzerdatei {file} ist kein UTF-8-Text: Speichern Sie sie als UTF-8.</translation>
    </message>
    <message>
        <source>The users file {file} can&apos;t be written: {why}.</source>
        <translation>In die Benutzerdatei {file} lässt sich nicht schreiben: {why}.</translation>
    </message>
</context>
<context>
    <name>ServerBar</name>
    <message>
        <source>Stopped</source>
        <translation>Gestoppt</translation>
    </message>
    <message>
        <source>Starting</source>
        <translation>Startet</translation>
    </message>
    <message>
        <source>Running</source>
        <translation>Läuft</translation>
    </message>
    <message>
        <source>Stopping</source>
        <translation>Wird gestoppt</translation>
    </message>
    <message>
        <source>Failed</source>
        <translation>Fehlgeschlagen</translation>
    </message>
    <message>
        <source>Address: {url}</source>
        <translation>Adresse: {url}</translation>
    </message>
</context>
<context>
    <name>ServerNotices</name>
    <message>
        <source>Use port {port} instead</source>
        <translation>Port {port} verwenden</translation>
    </message>
    <message>
        <source>Stopping. In progress: {busy}, waiting: {queued}, open connections: {open}.</source>
        <translation>Wird gestoppt. In Arbeit: {busy}, wartend: {queued}, offene Verbindungen: {open}.</translation>
    </message>
    <message>
        <source>Cut them off now</source>
        <translation>Jetzt trennen</translation>
    </message>
</context>
<context>
    <name>Settings</name>
    <message>
        <source>Browse…</source>
        <translation>Durchsuchen…</translation>
    </message>
    <message>
        <source>Server</source>
        <translation>Server</translation>
    </message>
    <message>
        <source>Website</source>
        <translation>Website</translation>
    </message>
    <message>
        <source>HTTPS</source>
        <translation>HTTPS</translation>
    </message>
    <message>
        <source>Visitors</source>
        <translation>Besucher</translation>
    </message>
    <message>
        <source>Limits</source>
        <translation>Grenzen</translation>
    </message>
    <message>
        <source>Log file</source>
        <translation>Logdatei</translation>
    </message>
    <message>
        <source>Profile</source>
        <translation>Profil</translation>
    </message>
    <message>
        <source>How files are served.</source>
        <translation>Wie Dateien ausgeliefert werden.</translation>
    </message>
    <message>
        <source>Standard</source>
        <translation>Standard</translation>
    </message>
    <message>
        <source>More types</source>
        <translation>Weitere Typen</translation>
    </message>
    <message>
        <source>One a line, as .glb=model/gltf-binary; they win over those that are built in.</source>
        <translation>Je Zeile einer, wie .glb=model/gltf-binary; sie gehen den eingebauten vor.</translation>
    </message>
    <message>
        <source>Folder listings</source>
        <translation>Ordner auflisten</translation>
    </message>
    <message>
        <source>A folder without an index.html shows what is in it, and goes out as a zip.</source>
        <translation>Ein Ordner ohne index.html zeigt seinen Inhalt und geht auch als ZIP hinaus.</translation>
    </message>
    <message>
        <source>Single-page app</source>
        <translation>Single-Page-App</translation>
    </message>
    <message>
        <source>A page that is missing is /index.html, so that the app&apos;s own addresses work.</source>
        <translation>Statt einer fehlenden Seite kommt /index.html, damit die Adressen der App gelten.</translation>
    </message>
    <message>
        <source>Clean addresses</source>
        <translation>Schlanke Adressen</translation>
    </message>
    <message>
        <source>/about is about.html.</source>
        <translation>/about ist about.html.</translation>
    </message>
    <message>
        <source>Pages of other origins</source>
        <translation>Seiten anderer Herkunft</translation>
    </message>
    <message>
        <source>Origins whose scripts may read this site, one a line, as https://app.example; * is all.</source>
        <translation>Herkünfte, deren Skripte hier lesen dürfen, je Zeile eine, wie https://app.example; * sind alle.</translation>
    </message>
    <message>
        <source>Header fields</source>
        <translation>Kopffelder</translation>
    </message>
    <message>
        <source>Sent with every answer, one a line, as X-Frame-Options: DENY.</source>
        <translation>Mit jeder Antwort gesendet, je Zeile eines, wie X-Frame-Options: DENY.</translation>
    </message>
    <message>
        <source>Browsers keep files</source>
        <translation>Browser behalten Dateien</translation>
    </message>
    <message>
        <source>For so many seconds, or as one of the words says.</source>
        <translation>So viele Sekunden, oder wie eines der Wörter sagt.</translation>
    </message>
    <message>
        <source>As they think best</source>
        <translation>Wie sie es für richtig halten</translation>
    </message>
    <message>
        <source>Not at all</source>
        <translation>Gar nicht</translation>
    </message>
    <message>
        <source>And ask each time</source>
        <translation>Und fragen jedes Mal nach</translation>
    </message>
    <message>
        <source>Precompressed files</source>
        <translation>Vorab komprimierte Dateien</translation>
    </message>
    <message>
        <source>app.js.br or app.js.gz goes out for app.js where the browser takes it.</source>
        <translation>Für app.js geht app.js.br oder app.js.gz hinaus, wenn der Browser es nimmt.</translation>
    </message>
    <message>
        <source>Certificate</source>
        <translation>Zertifikat</translation>
    </message>
    <message>
        <source>A PEM file with the certificate, and those that lead to its issuer.</source>
        <translation>Eine PEM-Datei mit dem Zertifikat und denen, die zum Aussteller führen.</translation>
    </message>
    <message>
        <source>Key</source>
        <translation>Schlüssel</translation>
    </message>
    <message>
        <source>A PEM file with the certificate&apos;s key, without a password.</source>
        <translation>Eine PEM-Datei mit dem Schlüssel des Zertifikats, ohne Passwort.</translation>
    </message>
    <message>
        <source>HTTPS with a certificate made here</source>
        <translation>HTTPS mit einem hier erstellten Zertifikat</translation>
    </message>
    <message>
        <source>Browsers warn of it until they are told to trust it.</source>
        <translation>Browser warnen davor, bis man ihnen sagt, dass sie ihm trauen sollen.</translation>
    </message>
    <message>
        <source>Users and passwords</source>
        <translation>Benutzer und Passwörter</translation>
    </message>
    <message>
        <source>Only these networks</source>
        <translation>Nur diese Netze</translation>
    </message>
    <message>
        <source>Addresses or networks that may come, one a line, as 192.168.1.0/24; none: all.</source>
        <translation>Adressen oder Netze, die kommen dürfen, je Zeile eines, wie 192.168.1.0/24; keines: alle.</translation>
    </message>
    <message>
        <source>Not these networks</source>
        <translation>Diese Netze nicht</translation>
    </message>
    <message>
        <source>Addresses or networks that are refused, one a line.</source>
        <translation>Adressen oder Netze, die abgewiesen werden, je Zeile eines.</translation>
    </message>
    <message>
        <source>Receive files</source>
        <translation>Dateien empfangen</translation>
    </message>
    <message>
        <source>Visitors send files by the page at /upload; they arrive in the folder uploads.</source>
        <translation>Besucher senden Dateien über die Seite /upload; sie kommen im Ordner uploads an.</translation>
    </message>
    <message>
        <source>Largest file, in bytes</source>
        <translation>Größte Datei, in Bytes</translation>
    </message>
    <message>
        <source>A larger one is refused before it is sent.</source>
        <translation>Eine größere wird abgewiesen, bevor sie gesendet ist.</translation>
    </message>
    <message>
        <source>Space kept free, in bytes</source>
        <translation>Frei zu haltender Platz, in Bytes</translation>
    </message>
    <message>
        <source>A file that would leave less on the disk is refused.</source>
        <translation>Eine Datei, die weniger auf der Platte ließe, wird abgewiesen.</translation>
    </message>
    <message>
        <source>Connections for each address</source>
        <translation>Verbindungen je Adresse</translation>
    </message>
    <message>
        <source>More from one address are refused; 0: no limit.</source>
        <translation>Mehr von einer Adresse werden abgewiesen; 0: keine Grenze.</translation>
    </message>
    <message>
        <source>More from one address get 429; 0: no limit.</source>
        <translation>Mehr von einer Adresse bekommen 429; 0: keine Grenze.</translation>
    </message>
    <message>
        <source>Requests per second for each address</source>
        <translation>Anfragen pro Sekunde je Adresse</translation>
    </message>
    <message>
        <source>The file of those who may come; File &gt; Users… adds some. It holds no password.</source>
        <translation>Die Datei derer, die kommen dürfen; Datei &gt; Benutzer… fügt welche hinzu. Sie enthält kein Passwort.</translation>
    </message>
    <message>
        <source>Connections</source>
        <translation>Verbindungen</translation>
    </message>
    <message>
        <source>Open at once; beyond, idle ones are closed first, then new ones get 503.</source>
        <translation>Zugleich offen; darüber werden erst untätige geschlossen, dann bekommen neue 503.</translation>
    </message>
    <message>
        <source>Queue</source>
        <translation>Warteschlange</translation>
    </message>
    <message>
        <source>Requests that may wait while all workers are busy.</source>
        <translation>Anfragen, die warten dürfen, während alle Worker beschäftigt sind.</translation>
    </message>
    <message>
        <source>Idle time, in seconds</source>
        <translation>Untätige Zeit, in Sekunden</translation>
    </message>
    <message>
        <source>For so long a connection may be silent between requests.</source>
        <translation>So lange darf eine Verbindung zwischen Anfragen schweigen.</translation>
    </message>
    <message>
        <source>Requests on a connection</source>
        <translation>Anfragen auf einer Verbindung</translation>
    </message>
    <message>
        <source>After so many it is closed.</source>
        <translation>Nach so vielen wird sie geschlossen.</translation>
    </message>
    <message>
        <source>Largest JSON upload, in bytes</source>
        <translation>Größter JSON-Upload, in Bytes</translation>
    </message>
    <message>
        <source>A larger one gets 413.</source>
        <translation>Ein größerer bekommt 413.</translation>
    </message>
    <message>
        <source>Write a log file</source>
        <translation>Logdatei schreiben</translation>
    </message>
    <message>
        <source>Every line of the log; a new file begins at 10 MiB, five are kept. Empty: none.</source>
        <translation>Jede Zeile des Logs; bei 10 MiB beginnt eine neue Datei, fünf bleiben. Leer: keine.</translation>
    </message>
    <message>
        <source>Form of a line</source>
        <translation>Form einer Zeile</translation>
    </message>
    <message>
        <source>Text is for people, JSON for programs.</source>
        <translation>Text ist für Menschen, JSON für Programme.</translation>
    </message>
    <message>
        <source>Text</source>
        <translation>Text</translation>
    </message>
    <message>
        <source>JSON</source>
        <translation>JSON</translation>
    </message>
</context>
<context>
    <name>ShareDialog</name>
    <message>
        <source>Open on another device</source>
        <translation>Auf anderem Gerät öffnen</translation>
    </message>
    <message>
        <source>Cop&amp;y address</source>
        <translation>Adresse &amp;kopieren</translation>
    </message>
    <message>
        <source>&amp;Listen on the network</source>
        <translation>Für das &amp;Netzwerk öffnen</translation>
    </message>
    <message>
        <source>&amp;Addresses</source>
        <translation>&amp;Adressen</translation>
    </message>
    <message>
        <source>Addresses</source>
        <translation>Adressen</translation>
    </message>
    <message>
        <source>The server does not run.</source>
        <translation>Der Server läuft nicht.</translation>
    </message>
    <message>
        <source>On a device in the same network, scan the code with the camera or type one of the addresses.</source>
        <translation>Scannen Sie den Code mit der Kamera eines Geräts im selben Netzwerk, oder tippen Sie dort eine der Adressen.</translation>
    </message>
    <message>
        <source>This computer is in no network at the moment. Connect it, then open this again.</source>
        <translation>Dieser Computer ist gerade in keinem Netzwerk. Verbinden Sie ihn und öffnen Sie dies erneut.</translation>
    </message>
    <message>
        <source>The server listens on this computer only: no other device can reach it. On the network everyone there can read the folder.</source>
        <translation>Der Server ist nur auf diesem Computer erreichbar, für kein anderes Gerät. Im Netzwerk können alle dort den Ordner lesen.</translation>
    </message>
    <message>
        <source>{adapter}, virtual</source>
        <translation>{adapter}, virtuell</translation>
    </message>
</context>
<context>
    <name>StatusStrip</name>
    <message>
        <source>Requests/s</source>
        <translation>Anfragen/s</translation>
    </message>
    <message>
        <source>Sent/s</source>
        <translation>Gesendet/s</translation>
    </message>
    <message>
        <source>Connections</source>
        <translation>Verbindungen</translation>
    </message>
    <message>
        <source>Workers busy</source>
        <translation>Worker aktiv</translation>
    </message>
    <message>
        <source>p50</source>
        <translation>p50</translation>
    </message>
    <message>
        <source>p95</source>
        <translation>p95</translation>
    </message>
    <message>
        <source>p99</source>
        <translation>p99</translation>
    </message>
    <message>
        <source>Errors</source>
        <translation>Fehler</translation>
    </message>
    <message>
        <source>Log rows</source>
        <translation>Zeilen</translation>
    </message>
    <message>
        <source>How long answers took: within this time, {percent} % of those of the last half minute.</source>
        <translation>Wie lange Antworten dauerten: {percent} % der letzten halben Minute höchstens so lange.</translation>
    </message>
</context>
<context>
    <name>TimeBar</name>
    <message>
        <source>Share of waiting</source>
        <translation>Anteil des Wartens</translation>
    </message>
    <message>
        <source>{percent} % of the time went into waiting for a worker</source>
        <translation>{percent} % der Zeit vergingen mit Warten auf einen Worker</translation>
    </message>
</context>
<context>
    <name>TrayFeature</name>
    <message>
        <source>Open &amp;Spindle</source>
        <translation>&amp;Spindle öffnen</translation>
    </message>
    <message>
        <source>&amp;Quit</source>
        <translation>Been&amp;den</translation>
    </message>
    <message>
        <source>Spindle goes on here. Choose Quit in its menu to end it.</source>
        <translation>Spindle läuft hier weiter. Mit Beenden in seinem Menü hört es auf.</translation>
    </message>
</context>
<context>
    <name>TrustView</name>
    <message>
        <source>Certificate</source>
        <translation>Zertifikat</translation>
    </message>
    <message>
        <source>Certi&amp;ficate</source>
        <translation>&amp;Zertifikat</translation>
    </message>
    <message>
        <source>Co&amp;py how to trust it</source>
        <translation>&amp;Kopieren, wie man ihm traut</translation>
    </message>
</context>
<context>
    <name>UsersDialog</name>
    <message>
        <source>Users and passwords</source>
        <translation>Benutzer und Passwörter</translation>
    </message>
    <message>
        <source>As&amp;k everyone for a name and a password</source>
        <translation>&amp;Alle nach Name und Passwort fragen</translation>
    </message>
    <message>
        <source>&amp;Remove</source>
        <translation>&amp;Entfernen</translation>
    </message>
    <message>
        <source>Users</source>
        <translation>Benutzer</translation>
    </message>
    <message>
        <source>&amp;Name</source>
        <translation>&amp;Name</translation>
    </message>
    <message>
        <source>&amp;Password</source>
        <translation>&amp;Passwort</translation>
    </message>
    <message>
        <source>The same a&amp;gain</source>
        <translation>Noch ein&amp;mal</translation>
    </message>
    <message>
        <source>Kept in {path}, without the passwords.</source>
        <translation>Liegt in {path}, ohne die Passwörter.</translation>
    </message>
    <message>
        <source>&amp;Add</source>
        <translation>&amp;Hinzufügen</translation>
    </message>
    <message>
        <source>C&amp;hange</source>
        <translation>Än&amp;dern</translation>
    </message>
    <message>
        <source>The two passwords differ: type the same again.</source>
        <translation>Die beiden Passwörter sind verschieden: dasselbe noch einmal eingeben.</translation>
    </message>
</context>
<context>
    <name>WorkerBoard</name>
    <message>
        <source>idle</source>
        <translation>frei</translation>
    </message>
    <message>
        <source>reading</source>
        <translation>liest</translation>
    </message>
    <message>
        <source>serving</source>
        <translation>antwortet</translation>
    </message>
    <message>
        <source>sending</source>
        <translation>sendet</translation>
    </message>
    <message>
        <source>{count} served</source>
        <translation>{count} bedient</translation>
    </message>
    <message>
        <source>from {client}</source>
        <translation>von {client}</translation>
    </message>
    <message>
        <source>to {client}</source>
        <translation>an {client}</translation>
    </message>
    <message>
        <source>New requests are refused with 503: use more worker threads, or see below what takes long.</source>
        <translation>Neue Anfragen werden mit 503 abgewiesen: mehr Worker-Threads verwenden, oder unten sehen, was lange dauert.</translation>
    </message>
    <message>
        <source>Requests wait for a worker; if this lasts, use more worker threads.</source>
        <translation>Anfragen warten auf einen Worker; hält das an, mehr Worker-Threads verwenden.</translation>
    </message>
    <message>
        <source>Every worker is busy, and nobody waits.</source>
        <translation>Alle Worker sind beschäftigt, und niemand wartet.</translation>
    </message>
    <message>
        <source>There is room for more.</source>
        <translation>Es ist noch Platz.</translation>
    </message>
    <message>
        <source>Busy: {busy} of {threads}. Queue: {queued} of {size}.</source>
        <translation>Aktiv: {busy} von {threads}. Warteschlange: {queued} von {size}.</translation>
    </message>
    <message>
        <source>Slow clients, which hold no worker: {count}.</source>
        <translation>Langsame Clients, die keinen Worker halten: {count}.</translation>
    </message>
    <message>
        <source>Workers</source>
        <translation>Worker</translation>
    </message>
    <message>
        <source>The workers appear here when the server runs.</source>
        <translation>Die Worker erscheinen hier, wenn der Server läuft.</translation>
    </message>
</context>
</TS>
