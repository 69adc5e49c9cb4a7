//! Words of drawings: shapes of Word 97 and later, drawing objects before.

use super::{Number, Room, Words};

pub(super) const WORDS: &[Words] = &[
    Words {
        room: Room::Shape,
        number: Number::Bare,
        names: "
        shpbxpage shpbxmargin shpbxcolumn shpbxignore shpbypage shpbymargin shpbypara shpbyignore
        shplockanchor
        dobxpage dobxmargin dobxcolumn dobypage dobymargin dobypara dolock dpgroup dpendgroup dparc
        dpellipse dpline dppolyline dppolygon dprect dproundr dptxbx dptxlrtb dptxtbrl dptxbtlr dptxlrtbv
        dptxtbrlv dplinesolid dplinedash dplinedot dplinedado dplinedadodo dplinehollow dplinepal
        dpfillbgpal dpfillfgpal dpshadow dparcflipx dparcflipy dpaendhol dpaendsol dpastarthol dpastartsol
        ",
    },
    Words {
        room: Room::Shape,
        number: Number::Amount,
        names: "
        shpleft shptop shpright shpbottom shpz shpfhdr shpwr shpwrk shpfblwtxt
        dodhgt dpcount dppolycount dptxbxmar dpx dpy dpxsize dpysize dpptx dppty dplinew dplinecor
        dplinecog dplinecob dplinegray dpfillbgcr dpfillbgcg dpfillbgcb dpfillbggray dpfillfgcr dpfillfgcg
        dpfillfgcb dpfillfggray dpfillpat dpshadx dpshady dpaendl dpaendw dpastartl dpastartw
        ",
    },
    Words {
        room: Room::Shape,
        number: Number::Id,
        names: "shplid",
    },
];
