//! Words of tables, their rows and cells.

use super::{Number, Room, Words};

pub(super) const WORDS: &[Words] = &[
    Words {
        room: Room::Text,
        number: Number::Bare,
        names: "
        cell nestcell row nestrow trowd lastrow tcelld trhdr trkeep trkeepfollow trqc trql trqr
        trbrdrt trbrdrl trbrdrb trbrdrr trbrdrh trbrdrv taprtl rtlrow ltrrow
        trbghoriz trbgvert trbgfdiag trbgbdiag trbgcross trbgdcross trbgdkhor trbgdkvert trbgdkfdiag
        trbgdkbdiag trbgdkcross trbgdkdcross
        tbllkhdrrows tbllklastrow tbllkhdrcols tbllklastcol tbllkborder tbllkshading tbllkfont tbllkcolor
        tbllkbestfit tbllknorowband tbllknocolband
        tphcol tphmrg tphpg tposxc tposxi tposxl tposxo tposxr tpvmrg tpvpara tpvpg tposyb tposyc tposyil
        tposyin tposyout tposyt tabsnoovrlp
        clmgf clmrg clvmgf clvmrg clvertalt clvertalc clvertalb cltxlrtb cltxtbrl cltxbtlr cltxlrtbv
        cltxtbrlv clbrdrt clbrdrl clbrdrb clbrdrr cldglu cldgll clshdrawnil clhidemark nonestrow
        clbghoriz clbgvert clbgfdiag clbgbdiag clbgcross clbgdcross clbgdkhor clbgdkvert clbgdkfdiag
        clbgdkbdiag clbgdkcross clbgdkdcross clFitText clNoWrap
        tsvertalt tsvertalc tsvertalb tsnowrap tsbrdrt tsbrdrl tsbrdrb tsbrdrr tsbrdrh tsbrdrv tsbrdrdgl
        tsbrdrdgr tscfirstrow tsclastrow tscfirstcol tsclastcol tscbandhorzodd tscbandhorzeven
        tscbandvertodd tscbandverteven tscnwcell tscnecell tscswcell tscsecell
        tsbghoriz tsbgvert tsbgfdiag tsbgbdiag tsbgcross tsbgdcross tsbgdkhor tsbgdkvert tsbgdkfdiag
        tsbgdkbdiag tsbgdkcross tsbgdkdcross
        ",
    },
    Words {
        room: Room::Text,
        number: Number::Amount,
        names: "
        irow irowband trgaph trleft trrh trautofit cellx
        trpaddl trpaddr trpaddt trpaddb trpaddfl trpaddfr trpaddft trpaddfb
        trspdl trspdr trspdt trspdb trspdfl trspdfr trspdft trspdfb trspol trspor trspot trspob trspofl
        trspofr trspoft trspofb
        trwWidth trftsWidth trwWidthB trftsWidthB trwWidthA trftsWidthA tblind tblindtype trshdng trpat
        tdfrmtxtLeft tdfrmtxtRight tdfrmtxtTop tdfrmtxtBottom tposx tposnegx tposy tposnegy
        clftsWidth clwWidth clshdng clshdngraw clpadl clpadr clpadt clpadb clpadfl clpadfr clpadft clpadfb
        clspl clspr clspt clspb clspfl clspfr clspft clspfb
        tscellwidth tscellwidthfts tscellpaddl tscellpaddr tscellpaddt tscellpaddb tscellpaddfl
        tscellpaddfr tscellpaddft tscellpaddfb tscellpct tscbandsh tscbandsv
        ",
    },
    Words {
        room: Room::Text,
        number: Number::Index,
        names: "
        trcbpat trcfpat clcfpat clcbpat clcfpatraw clcbpatraw tscellcfpat tscellcbpat ts yts
        ",
    },
];
