// What Word 365 puts on the clipboard, shortened: its own classes and styles, conditional comments, lists
// without list elements, a table, a link, and a footnote with its note at the end.

const LIST = (level, mark, words) =>
  `<p class=MsoListParagraphCxSpMiddle style='text-indent:-.25in;mso-list:l0 level${level} lfo1'><![if !supportLists]><span style='font-family:Symbol;mso-fareast-font-family:Symbol'><span style='mso-list:Ignore'>${mark}<span style='font:7.0pt "Times New Roman"'>&nbsp;&nbsp;&nbsp;&nbsp;&nbsp;&nbsp; </span></span></span><![endif]>${words}<o:p></o:p></p>`;

const STEP = (mark, words) =>
  `<p class=MsoListParagraph style='text-indent:-.25in;mso-list:l1 level1 lfo2'><![if !supportLists]><span style='mso-list:Ignore'>${mark}<span style='font:7.0pt "Times New Roman"'>&nbsp;&nbsp;&nbsp; </span></span><![endif]>${words}<o:p></o:p></p>`;

const CELL = (words, isHead) =>
  `<td width=312 valign=top style='width:233.75pt;border:solid windowtext 1.0pt;mso-border-alt:solid windowtext .5pt;padding:0in 5.4pt 0in 5.4pt'><p class=MsoNormal>${isHead ? `<b>${words}<o:p></o:p></b>` : `${words}<o:p></o:p>`}</p></td>`;

export const WORD = `<html xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office" xmlns:w="urn:schemas-microsoft-com:office:word" xmlns:m="http://schemas.microsoft.com/office/2004/12/omml" xmlns="http://www.w3.org/TR/REC-html40">
<head><meta http-equiv=Content-Type content="text/html; charset=utf-8"><meta name=ProgId content=Word.Document><meta name=Generator content="Microsoft Word 15">
<!--[if gte mso 9]><xml><o:OfficeDocumentSettings><o:AllowPNG/></o:OfficeDocumentSettings></xml><![endif]-->
<style><!-- p.MsoNormal {mso-style-unhide:no; margin:0in; font-size:12.0pt; font-family:"Aptos",sans-serif;} @list l0:level1 {mso-level-number-format:bullet;} --></style></head>
<body lang=EN-GB link="#467886" vlink="#96607D" style='tab-interval:.5in;word-wrap:break-word'><!--StartFragment-->
<h1><a name="_Toc1"></a>Terms used<o:p></o:p></h1>
<p class=MsoNormal><span lang=EN-GB style='mso-ansi-language:EN-GB'>A <b>route leak</b> is <i>announced</i>&nbsp;too far, as <a href="https://www.rfc-editor.org/rfc/rfc7908"><span style='color:#467886'>RFC 7908</span></a> says.<a style='mso-footnote-id:ftn1' href="#_ftn1" name="_ftnref1" title=""><span class=MsoFootnoteReference><span style='mso-special-character:footnote'><![if !supportFootnotes]><span class=MsoFootnoteReference><span style='font-size:12.0pt'>[1]</span></span><![endif]></span></span></a><o:p></o:p></span></p>
<h2>Leaks and hijacks<o:p></o:p></h2>
${LIST(1, "·", "First point")}
${LIST(1, "·", "Second point")}
${LIST(2, "o", "Under the second")}
<p class=MsoNormal>Then:<o:p></o:p></p>
${STEP("1.", "Step one")}
${STEP("2.", "Step two")}
<table class=MsoTableGrid border=1 cellspacing=0 cellpadding=0 style='border-collapse:collapse;mso-yfti-tbllook:1184'><tr style='mso-yfti-irow:0;mso-yfti-firstrow:yes'>${CELL("Risk", true)}${CELL("Share", true)}</tr><tr style='mso-yfti-irow:1;mso-yfti-lastrow:yes'>${CELL("Cables")}${CELL("4")}</tr></table>
<p class=MsoNormal><o:p>&nbsp;</o:p></p>
<div style='mso-element:footnote-list'><![if !supportFootnotes]><br clear=all><hr align=left size=1 width="33%"><![endif]>
<div style='mso-element:footnote' id=ftn1><p class=MsoFootnoteText><a style='mso-footnote-id:ftn1' href="#_ftnref1" name="_ftn1" title=""><span class=MsoFootnoteReference><span style='mso-special-character:footnote'><![if !supportFootnotes]><span class=MsoFootnoteReference><span style='font-size:10.0pt'>[1]</span></span><![endif]></span></span></a> As found in 2008.<o:p></o:p></p></div></div>
<!--EndFragment--></body></html>`;
