//! What the commands say of themselves, in Japanese. Pure.

/// The Japanese for an explanation; the explanation itself where there is none.
pub(super) fn of(english: &str) -> String {
    if let Some(example) = english.strip_prefix("Example: ") {
        return format!(
            "例: {}",
            replaced(&example.replace("\n         ", "\n    "), BESIDE)
        );
    }
    let known = TEXTS
        .iter()
        .chain(VALUES)
        .find(|(known, _)| *known == english);
    known.map_or(english, |(_, japanese)| *japanese).to_owned()
}

/// A page, or a line of usage, with the words that are clap's own in Japanese,
/// and those of values, which a page alone explains.
pub(super) fn frame(page: &str) -> String {
    replaced(&replaced(page, FRAME), VALUES)
}

fn replaced(text: &str, pairs: &[(&str, &str)]) -> String {
    let mut text = text.to_owned();
    for (english, japanese) in pairs {
        text = text.replace(english, japanese);
    }
    text
}

/// Clap's own words; a longer one stands before what it begins with.
const FRAME: &[(&str, &str)] = &[
    ("Usage:", "使い方:"),
    ("Commands:", "コマンド:"),
    ("Arguments:", "引数:"),
    (
        "Options of every command:",
        "どのコマンドにも使えるオプション:",
    ),
    ("Options:", "オプション:"),
    ("[OPTIONS]", "[オプション]"),
    ("<COMMAND>", "<コマンド>"),
    ("Possible values:", "選択肢:"),
    ("[possible values: ", "[選択肢: "),
    ("[default: ", "[既定値: "),
    ("[env: ", "[環境変数: "),
    (
        "Print help (see more with '--help')",
        "説明を表示（詳しくは --help）",
    ),
    (
        "Print help (see a summary with '-h')",
        "説明を表示（要約は -h）",
    ),
    ("Print help", "説明を表示"),
    ("Print version", "版を表示"),
    (
        "Print this message or the help of the given subcommand(s)",
        "この説明、または指定したコマンドの説明を表示",
    ),
    ("[aliases: ", "[別名: "),
];

/// What a value means, behind its name.
const VALUES: &[(&str, &str)] = &[
    ("Written anew, editable", "作り直す（編集できる）"),
    ("Pages as images", "ページを画像にする"),
    ("UTF-8 text", "文字だけにする（UTF-8）"),
    ("Rules in the kernel", "カーネルの通信規則"),
    ("Mail in, mail out", "メールの受信と配送"),
    ("Workers", "無害化の作業者"),
    (
        "Name allow-list (not in this version)",
        "名前による許可（この版にはありません）",
    ),
    (
        "Web pages (not in this version)",
        "Web画面（この版にはありません）",
    ),
];

/// Words beside and below the examples.
const BESIDE: &[(&str, &str)] = &[
    ("(asks)", "（対話形式）"),
    (
        "(within the five minutes; else it goes by itself)",
        "（5分以内に実行。しなければ自動で元に戻ります）",
    ),
    ("when the emergency is over", "緊急事態が収まったら"),
    (
        "all roles under one supervisor",
        "すべてのロールを一つの親から",
    ),
    (
        "one role, as its systemd unit does",
        "一つのロールだけ（systemd と同じ）",
    ),
    (
        "Mail is kept, and answered with 4xx; senders try again. The inside and the",
        "メールは失われません。4xx を返すので、送信側が再送します。庁内の通信と",
    ),
    (
        "administration of the box go on. It survives restarts and boots.",
        "この機器の管理は続けられます。遮断は再起動しても続きます。",
    ),
];

/// Commands and options, in the order of `sekimori --help`.
#[rustfmt::skip]
const TEXTS: &[(&str, &str)] = &[
    ("The keeper of the checkpoint: separation and harmless conversion between an LGWAN segment and the internet", "関守: LGWAN とインターネットの間の通信分離と無害化"),
    ("Folder with sekimori.toml and flows.d/", "sekimori.toml と flows.d/ のあるフォルダー"),
    ("Spool, sealed originals, revisions, audit log", "配送待ち・封緘した原本・改訂・監査記録のフォルダー"),
    ("Control sockets", "制御用ソケットのフォルダー"),
    ("Language of messages", "表示する言語"),
    ("Machine-readable output", "プログラム向けの形式 (JSON) で出力"),
    // run
    ("Run the daemon: all roles, or one", "常駐プログラムとして動かす（全ロール、または一つ）"),
    ("One role instead of all", "一つのロールだけ動かす"),
    // sanitise, inspect, verify
    ("Take files apart and write them anew, without anything active", "ファイルを分解し、自動で動くものを除いて作り直す（無害化）"),
    ("Files, folders, mails (.eml), or - for standard input", "ファイル、フォルダー、メール (.eml)。- は標準入力"),
    ("Where results go; created if need be", "結果を置くフォルダー（なければ作ります）"),
    ("Treatment instead of each format's default", "形式ごとの既定の代わりに行う処理"),
    ("What is inside a file, and what is active in it; changes nothing", "ファイルの中身と、自動で動くものを調べる（何も変更しません）"),
    ("One table over all files: what becomes of which format", "全ファイルを一つの表に集計（形式ごとの処理結果）"),
    ("Files or folders, or - for standard input", "ファイルまたはフォルダー。- は標準入力"),
    ("Does the independent verifier accept this file as one of our outputs?", "無害化した結果として正しいかを、独立した検証器で確かめる"),
    ("Files or folders", "ファイルまたはフォルダー"),
    ("A signed record (probe report), checked offline", "署名付きの記録（検査報告）。ネットワークなしで検証します"),
    ("The box's public key (default: attestation.pub in the configuration)", "この機器の公開鍵（既定: 設定フォルダーの attestation.pub）"),
    // audit
    ("The record: verify, tail, export", "監査記録: 検証、末尾の表示、書き出し"),
    ("The record: who did what, chained so that changes show", "監査記録: 誰が何をしたか（改ざんが分かる連鎖）"),
    ("Is the record whole and unchanged?", "記録に欠けや改ざんがないか確かめる"),
    ("Heads kept off the box: lines with `sekimori-head role=… seq=… hash=…`", "機器の外に保管した控え（`sekimori-head role=… seq=… hash=…` の行を含むファイル）"),
    ("The last events of all roles", "全ロールの最近の出来事"),
    ("How many", "件数"),
    ("Only this role", "このロールだけ"),
    ("All lines as they are written, JSON Lines on standard output", "全行を記録のまま標準出力へ (JSON Lines)"),
    // check, plan, apply, confirm, rollback, revisions
    ("Show every mistake of the configuration at once; change nothing", "設定の誤りをすべて示す（何も変更しません）"),
    ("Judge as `apply` would on this machine, and ask what names resolve to", "`apply` と同じくこの機器で判定し、名前の解決先も確かめる"),
    ("What apply would change: flows in words, then the rules; change nothing", "適用したら何が変わるかを、許可の言葉と規則で示す（何も変更しません）"),
    ("Put the configuration in force, atomically", "設定を適用する（全部か、何もしないか）"),
    ("Person id (from [people]) on whose behalf this is done", "誰の名で行うか（[people] の識別子）"),
    ("Revert by itself unless confirmed in time (5s to 24h); the segment role has to run, since it takes the trial back", "この時間内 (5s〜24h) に confirm しなければ自動で元に戻す（戻すのは segment ロールなので、稼働が必要）"),
    ("Also when this ends the very session that applies", "実行中の自分の接続が切れる場合でも行う"),
    ("Keep the revision that is on trial (apply --confirm-within)", "試行中の改訂を確定する (apply --confirm-within の後)"),
    ("Make an earlier revision current again", "以前の改訂に戻す"),
    ("Its number; without one, the newest before the current, and while one is on trial, the one before the trial", "改訂番号。省略すると現在の一つ前、試行中なら試行前の改訂"),
    ("Person id on whose behalf this is done", "誰の名で行うか（[people] の識別子）"),
    ("Also when this ends the very session that asks for it", "実行中の自分の接続が切れる場合でも行う"),
    ("What was applied, when and by whom", "いつ誰が何を適用したか"),
    // cut, status, explain
    ("Emergency: stop everything between internet and LGWAN at once", "緊急遮断: インターネットと LGWAN の間をただちに全て止める"),
    ("Take the cut back: the current revision holds again in full", "遮断を解除し、現在の改訂に戻す"),
    ("Roles, revision, drift, queue and disk on one screen", "ロール・改訂・規則の不一致・配送待ち・ディスクを一画面に表示"),
    ("Would this pass? By which flow, or what is the nearest and what is missing", "この通信は通るか。どの許可によるか、または何が足りないか"),
    ("Address, host, zone, zone:host or gateway", "送信元: アドレス、ホスト、区域、区域:ホスト、gateway のいずれか"),
    ("The same, or a URL (then no SERVICE)", "宛先: 送信元と同じ書き方、または URL（このとき SERVICE は不要）"),
    ("A service's name, tcp/443, udp/53, icmp; without it every flow between the two is shown", "サービス名、tcp/443、udp/53、icmp。省略すると両者の間の許可をすべて表示"),
    // flow
    ("The allow-list: list, add, remove, expiring", "許可通信: 一覧、追加、削除、期限"),
    ("All flows: table, spreadsheet, or the register (許可通信台帳) for print", "許可の一覧: 表、表計算用、または印刷用の許可通信台帳"),
    ("Table for people, CSV for spreadsheets, HTML for approval (決裁) and print", "table は画面用の表、csv は表計算用、html は決裁・印刷用"),
    ("Into this file instead of standard output", "標準出力の代わりにこのファイルへ"),
    ("As on this day (2027-03-31) instead of today", "今日の代わりにこの日の時点で (2027-03-31)"),
    ("Only flows with an end in this zone", "この区域が送信元か宛先の許可だけ"),
    ("Only flows of this owner (person id)", "この所管者（識別子）の許可だけ"),
    ("Of this revision instead of the configuration folder", "設定フォルダーの代わりにこの改訂の許可"),
    ("Add a flow: asks what is missing, checks, writes; applies nothing", "許可を追加する（足りない項目は尋ね、確かめて書き込みます。適用はしません）"),
    ("Source: zone, zone:host, zone:[host, group] or gateway", "送信元: 区域、区域:ホスト、区域:[ホスト, 群]、gateway のいずれか"),
    ("Destination, in the same words", "宛先（送信元と同じ書き方）"),
    ("Service by name, or tcp/8443; several times for several", "サービス名、または tcp/8443（繰り返し指定可）"),
    ("Why it exists", "目的"),
    ("Person id of the owner", "所管者の識別子"),
    ("Person id of the approver, somebody else", "承認者の識別子（所管者とは別の人）"),
    ("Day of the approval", "承認日"),
    ("Number of the approval (決裁番号)", "決裁番号"),
    ("Last day, inclusive", "最終日（当日を含む）"),
    ("Id; made of the ends and the service where it is not given", "許可の識別子。省略すると送信元・宛先・サービスから作ります"),
    ("Clause of the body's policy", "団体の情報セキュリティポリシーの条項"),
    ("Highest classification that may pass", "通してよい最高の機密性分類"),
    ("Only in these hours: 08:30-17:15; several times for several", "この時間帯だけ: 08:30-17:15（繰り返し指定可）"),
    ("Only on these days: mon-fri", "この曜日だけ: mon-fri"),
    ("On holidays: same, closed or open", "祝日等の扱い: same（平日と同じ）、closed（閉じる）、open（開く）"),
    ("New connections per source: 30/minute", "送信元ごとの新規接続の上限: 30/minute"),
    ("What is recorded: all, new or denied", "記録する範囲: all（すべて）、new（新規接続）、denied（拒否のみ）"),
    ("A trial that ends with this day", "試行とし、この日で終える"),
    ("Carried by a role: mail or proxy", "経由するロール: mail または proxy"),
    ("A name behind the proxy; several times for several", "プロキシの先の名前（繰り返し指定可）"),
    ("A host that is not in [hosts] yet; several times for several", "[hosts] にまだないホスト（繰り返し指定可）"),
    ("Into this file; else beside its neighbours", "書き込むファイル。省略すると近い許可と同じファイル"),
    ("Writes without asking once more", "確認せずに書き込む"),
    ("Take a flow out of its file; applies nothing", "許可をファイルから外す（適用はしません）"),
    ("The flow's id", "許可の識別子"),
    ("Leaves a comment with the day and this reason in its place", "元の場所に日付とこの理由を注釈として残す"),
    ("What ends soon, whom to ask, what to do", "期限の近い許可と、確認先・手順"),
    ("How far to look ahead", "何日先まで見るか"),
    ("As on this day instead of today", "今日の代わりにこの日の時点で"),
    ("What was refused, with the flow that would allow it, ready to copy", "拒否した通信と、許可する場合の書き方（そのまま写せます）"),
    ("So many days back", "過去何日分か"),
    ("At most so many groups, the largest first", "表示する組の数の上限（多い順）"),
    ("Write the first bytes of denied packets into this file instead (root)", "一覧の代わりに、拒否したパケットの先頭をこのファイルへ書き出す (root)"),
    ("At most so many packets", "パケット数の上限"),
    ("Packets that come within this time, instead of the latest ones", "直近の分ではなく、これからこの秒数の間に来るパケット"),
    ("Flows that nothing came through", "使われていない許可"),
    ("Nothing came through since so many days", "この日数の間、通信がなかったもの"),
    // probe
    ("Fire real packets across the boundary and compare with the allow-list", "境界に実際のパケットを送り、許可と一致するか検査する"),
    ("Only what starts in this zone", "この区域から始まる通信だけ"),
    ("Through a real gateway: this machine's interface in a zone; at least two", "実物のゲートウェイを通して検査: 区域につながるこの機械のインターフェース（二つ以上）"),
    ("Where the report goes (probe.json, probe.html, probe.dsse.json); created if need be", "報告を置くフォルダー (probe.json、probe.html、probe.dsse.json。なければ作ります)"),
    // key
    ("The keys of this box: make, public", "この機器の鍵: 作成、公開鍵の表示"),
    ("The keys of this box", "この機器の鍵"),
    ("Make the site key and the attestation key where there is none yet", "サイト鍵と証明の鍵を、なければ作る"),
    ("Show the public key with which reports of this box are verified", "この機器の報告を検証する公開鍵を表示する"),
    // queue, held
    ("Mails on their way", "配送途中のメール"),
    ("Which mails stand where", "どのメールがどの段階にあるか"),
    ("One mail: where it stands and what became of each recipient", "一通の現在の段階と、宛先ごとの結果"),
    ("Mail id, as in the answer to DATA and in X-Sekimori-Id", "受付ID（DATA への応答と X-Sekimori-Id にあるもの）"),
    ("Try one mail now, whatever its schedule says", "一通を予定に関わらずすぐに再試行する"),
    ("Mail id", "受付ID"),
    ("What is withheld", "保留中のメール"),
    ("Which mails are held, and why", "保留中のメールと理由"),
    ("One held mail: why, and what became of each recipient", "保留中の一通の理由と、宛先ごとの結果"),
    // completions, manual
    ("Completions for a shell, on standard output", "シェルの補完定義を標準出力へ"),
    ("bash, zsh, fish, elvish or powershell", "bash、zsh、fish、elvish、powershell のいずれか"),
    ("Manual pages into a folder", "マニュアルページをフォルダーへ書き出す"),
    ("Folder for sekimori.1, sekimori-apply.1 and so on", "sekimori.1、sekimori-apply.1 などを置くフォルダー"),
];
