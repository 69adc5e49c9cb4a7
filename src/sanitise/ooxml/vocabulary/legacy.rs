//! Names of VML, relation ids and xml:space (ISO/IEC 29500-4 schemas; for later
//! namespaces the documented part we understand). Being listed only means that
//! the name is understood: what is dangerous among them is taken out by `rules`.

use super::Words;
use crate::sanitise::ooxml::space::Space;

pub(super) const WORDS: &[Words] = &[
    Words {
        space: Space::V,
        elements: "\
arc curve f fill formulas group h handles image imagedata line oval path polyline rect
roundrect shadow shape shapetype stroke textbox textpath",
        attributes: "\
adj alignshape alt althref angle arcsize arrowok aspect bilevel blacklevel chromakey class
color color2 colors control1 control2 coordorigin coordsize cropbottom cropleft cropright
croptop dashstyle editas embosscolor endAngle endarrow endarrowlength endarrowwidth endcap eqn
fillcolor filled fillok filltype fitpath fitshape focus focusposition focussize from gain
gamma gradientshapeok grayscale href id imagealignshape imageaspect imagesize inset insetpen
insetpenok invx invy joinstyle limo linestyle map matrix method miterlimit obscured offset
offset2 on opacity origin path points polar position print radiusrange recolor recolortarget
rotate shadowok size src startAngle startarrow startarrowlength startarrowwidth string
strokecolor stroked strokeok strokeweight style switch target textboxrect textpathok title to
trim type v weight wrapcoords xrange xscale yrange",
        prefixed: "\
ext",
    },
    Words {
        space: Space::O,
        elements: "",
        attributes: "",
        prefixed: "\
connecttype insetmode oleid relid spid spt title",
    },
    Words {
        space: Space::X,
        elements: "\
Anchor AutoFill Checked ClientData Column LockText Locked MoveWithCells Row SizeWithCells TextHAlign
TextVAlign Visible",
        attributes: "\
ObjectType",
        prefixed: "",
    },
    Words {
        space: Space::W10,
        elements: "\
anchorlock borderbottom borderleft borderright bordertop wrap",
        attributes: "\
anchorx anchory shadow side type width",
        prefixed: "",
    },
    Words {
        space: Space::R,
        elements: "",
        attributes: "",
        prefixed: "\
cs dm embed id link lo pict qs",
    },
    Words {
        space: Space::Xml,
        elements: "",
        attributes: "",
        prefixed: "\
space",
    },
    Words {
        space: Space::None,
        elements: "\
xml",
        attributes: "",
        prefixed: "",
    },
];
