//! The forty ways in which separation leaks, and how each is tested here.
//! What cannot be a packet in this world says so with its reason, in the
//! report and in `docs/probe.md`; a test holds that page against this table.

use crate::policy::text::Text;

/// How a class is tested.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// By packets that must not arrive.
    Packets,
    /// By changing the world's rules while packets are offered.
    Lifecycle,
    /// Not by this probe; why, in Japanese and English.
    Elsewhere(&'static str, &'static str),
}

/// One class.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Class {
    /// Number.
    pub number: u8,
    ja: &'static str,
    en: &'static str,
    /// How it is tested.
    pub method: Method,
}

impl Class {
    /// Its name.
    #[must_use]
    pub fn title(&self) -> Text {
        Text::new(self.ja, self.en)
    }
}

const fn packets(number: u8, ja: &'static str, en: &'static str) -> Class {
    Class {
        number,
        ja,
        en,
        method: Method::Packets,
    }
}

const fn lifecycle(number: u8, ja: &'static str, en: &'static str) -> Class {
    Class {
        number,
        ja,
        en,
        method: Method::Lifecycle,
    }
}

const fn proxy(number: u8, ja: &'static str, en: &'static str) -> Class {
    let method = Method::Elsewhere(
        "この版にはプロキシがありません。名前による通信は一切通りません",
        "this version has no proxy: nothing passes by name",
    );
    Class {
        number,
        ja,
        en,
        method,
    }
}

/// All forty, in order.
pub const CLASSES: [Class; 40] = [
    packets(
        1,
        "許可通信の全組合せとその隣",
        "every flow, its neighbours, and a sample between all zones",
    ),
    packets(2, "送信元のなりすまし", "spoofed sources"),
    packets(
        3,
        "反対側の自機アドレスへの到達",
        "the box's far address by the near side (weak host)",
    ),
    packets(
        4,
        "反対側のアドレスへの ARP 応答",
        "ARP for addresses of the far side",
    ),
    packets(
        5,
        "ARP・近隣探索の詐称",
        "ARP and neighbour discovery that lie",
    ),
    packets(
        6,
        "IPv6 での同じ通信、トンネルの送信元",
        "the IPv6 twin of every probe, tunnel sources",
    ),
    packets(7, "IPv6 拡張ヘッダー", "IPv6 extension headers"),
    packets(8, "IPv4 の断片", "IPv4 fragments"),
    packets(
        9,
        "IPv4 オプション、送信元経路",
        "IPv4 options and source routes",
    ),
    packets(
        10,
        "TCP・UDP・ICMP 以外のプロトコル",
        "protocols beside TCP, UDP and ICMP",
    ),
    packets(11, "VLAN タグ、未知のフレーム", "tags and unknown frames"),
    packets(
        12,
        "自機宛てでない MAC アドレス",
        "hardware addresses of others",
    ),
    packets(
        13,
        "マルチキャスト・ブロードキャスト",
        "multicast and broadcast",
    ),
    packets(14, "ICMP リダイレクト", "ICMP redirects"),
    packets(15, "偽の ICMP エラー", "forged ICMP errors"),
    packets(
        16,
        "接続の途中からのデータ",
        "data in the middle of no connection",
    ),
    packets(17, "異常な TCP フラグ", "strange TCP flags"),
    packets(18, "片方向だけの接続", "only one half of a connection"),
    packets(19, "TTL の細工", "lifetimes"),
    packets(20, "生きた接続への注入", "injection into a live connection"),
    lifecycle(21, "接続追跡表の溢れ", "connection table full"),
    lifecycle(
        22,
        "外した許可の生きた接続",
        "live sessions of a removed flow",
    ),
    packets(
        23,
        "補助機能 (FTP・SIP) が開く穴",
        "doors opened by helpers (FTP, SIP)",
    ),
    lifecycle(
        24,
        "期限後の同じポートの再使用",
        "the same ports again after the end",
    ),
    packets(25, "QUIC など UDP", "QUIC and other UDP"),
    packets(26, "DNS を使ったトンネル", "DNS as a tunnel"),
    proxy(
        27,
        "CONNECT の宛先の細工",
        "CONNECT to addresses and other ports",
    ),
    proxy(28, "SNI の食い違い", "SNI that differs from CONNECT"),
    proxy(29, "DNS の再束縛", "DNS rebinding"),
    proxy(
        30,
        "Host の食い違い、要求の密輸",
        "Host that differs, request smuggling",
    ),
    packets(31, "中継を通らない SMTP", "SMTP past the relay"),
    lifecycle(
        32,
        "起動: 規則より先のインターフェース",
        "boot: interfaces before rules",
    ),
    lifecycle(
        33,
        "洪水の下での再読込みと差分",
        "reloads and deltas under a flood",
    ),
    lifecycle(34, "デーモン不在 (強制終了)", "no daemon (killed)"),
    lifecycle(
        35,
        "他者による表の削除・改変とその修復",
        "the table deleted by others, and its repair",
    ),
    lifecycle(36, "後から挿した NIC", "an interface that appears later"),
    lifecycle(
        37,
        "停止: 規則はネットワークより長く残る",
        "shutdown: the rules outlive the network",
    ),
    lifecycle(38, "巻き戻しそのもの", "the way back itself"),
    lifecycle(39, "拒否の記録の取りこぼし", "denials that are not counted"),
    Class {
        number: 40,
        ja: "時間・IP-ID などの隠れた経路",
        en: "covert timing, IP-ID",
        method: Method::Elsewhere(
            "許可された通信の間隔や順序に隠すことは、防ぐ対象ではありません (docs/known-issues.md)",
            "what hides in the timing or order of allowed traffic is declared out of scope (docs/known-issues.md)",
        ),
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_forty_stand_in_order() {
        for (place, class) in (1..).zip(&CLASSES) {
            assert_eq!(place, class.number);
        }
    }
}
