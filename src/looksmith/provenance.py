"""Labels on generated images, so that people and machines can tell.

The XMP packet carries the IPTC digital source type of AI-edited media and the implicit label that
GB 45438-2025 (China) asks of generated content.
"""

from __future__ import annotations

import json
from xml.sax.saxutils import escape, quoteattr

from looksmith.texts import text

SOURCE_TYPE = "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia"


def xmp_label(look_name: str) -> bytes:
    """The XMP packet that labels a photo as changed by the named look."""
    aigc = json.dumps({"Label": "1", "ContentProducer": "Looksmith"})
    packet = f"""<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF
 xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about=""
 xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
 xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:TC260="http://www.tc260.org.cn/ns/AIGC/1.0/"
 Iptc4xmpExt:DigitalSourceType="{SOURCE_TYPE}" xmp:CreatorTool="Looksmith"
 TC260:AIGC={quoteattr(aigc)}><dc:description><rdf:Alt><rdf:li xml:lang="x-default">{
        escape(text("label.generated", look=look_name))
    }</rdf:li></rdf:Alt></dc:description></rdf:Description></rdf:RDF></x:xmpmeta>
<?xpacket end="w"?>"""
    return packet.encode()
