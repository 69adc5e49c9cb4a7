//! Words of lists and numbering, and of what a form field asks for.

use super::{Number, Room, Words};

pub(super) const WORDS: &[Words] = &[
    Words {
        room: Room::Lists,
        number: Number::Bare,
        names: "listsimple listhybrid listrestarthdn lvltentative listoverridestartat",
    },
    Words {
        room: Room::Lists,
        number: Number::Amount,
        names: "
        levelnfc levelnfcn leveljc leveljcn levelstartat levelold levelprev levelprevspace levelspace
        levelindent levelfollow levellegal levelnorestart listoverrideformat
        ",
    },
    Words {
        room: Room::Lists,
        number: Number::Id,
        names: "listtemplateid liststyleid listid leveltemplateid",
    },
    Words {
        room: Room::Lists,
        number: Number::Index,
        names: "ls",
    },
    Words {
        room: Room::Lists,
        number: Number::Overrides,
        names: "listoverridecount",
    },
    Words {
        room: Room::Text,
        number: Number::Bare,
        names: "jclisttab",
    },
    Words {
        room: Room::Numbering,
        number: Number::Bare,
        names: "
        pnlvlblt pnlvlbody pnlvlcont pnnumonce pnacross pnhang pnrestart pncard pndec pnucltr pnucrm
        pnlcltr pnlcrm pnord pnordt pnaiu pnaiud pnaiueo pnaiueod pndecd pndbnum pndbnumd pndbnumk
        pndbnuml pndbnumt pnchosung pncnum pnganada pngbnum pngbnumd pngbnumk pngbnuml pniroha pnirohad
        pnzodiac pnzodiacd pnzodiacl pnbidia pnbidib pnuldash pnuldashd pnuldashdd pnulhair pnulth
        pnulwave pnuld pnuldb pnulnone pnulw pnprev pnqc pnql pnqr
        ",
    },
    Words {
        room: Room::Numbering,
        number: Number::Toggle,
        names: "pnb pni pncaps pnscaps pnul pnstrike",
    },
    Words {
        room: Room::Numbering,
        number: Number::Amount,
        names: "pnlvl pnfs pnindent pnsp pnstart",
    },
    Words {
        room: Room::Numbering,
        number: Number::Index,
        names: "pnf pncf",
    },
    Words {
        room: Room::Form,
        number: Number::Amount,
        names: "
        fftype ffownhelp ffownstat ffprot ffsize fftypetxt ffrecalc ffhaslistbox ffmaxlen ffhps ffdefres
        ffres
        ",
    },
];
