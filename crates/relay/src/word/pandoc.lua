-- What pandoc has read of a Word document, made into what our Markdown can say.
-- Says on standard error how many pictures were left out: their text stands in their place.

local pictures = 0

-- The blocks of a table's cell, with the items of lists one after the other.
local function flat(blocks)
  local out = pandoc.Blocks({})
  for _, block in ipairs(blocks) do
    if block.t == "BulletList" or block.t == "OrderedList" then
      for _, item in ipairs(block.content) do out:extend(flat(item)) end
    elseif block.t == "BlockQuote" then
      out:extend(flat(block.content))
    else
      out:insert(block)
    end
  end
  return out
end

local function one_line(blocks)
  local between = { pandoc.Space(), pandoc.Str("·"), pandoc.Space() }
  local function space() return pandoc.Space() end
  return pandoc.utils.blocks_to_inlines(flat(blocks), between):walk({ LineBreak = space, SoftBreak = space })
end

-- Square brackets mark text that is not agreed. They must stand in the Markdown as they were typed,
-- unless they would become a link, a footnote or a definition there.
local function brackets(inlines)
  local out = pandoc.Inlines({})
  for at, inline in ipairs(inlines) do
    if inline.t ~= "Str" or not inline.text:find("[%[%]]") then
      out:insert(inline)
    else
      local text, from, next = inline.text, 1, inlines[at + 1]
      local after = ""
      if next and next.t == "Str" then after = next.text:sub(1, 1)
      elseif next and (next.t == "Link" or next.t == "Note") then after = "[" end
      while true do
        local to = text:find("[%[%]]", from)
        if not to then break end
        local mark = text:sub(to, to)
        local following = to < #text and text:sub(to + 1, to + 1) or after
        local means_more = following:find(mark == "[" and "^[%^%]]" or "^[%(%[:{]")
        if means_more then
          out:insert(pandoc.Str(text:sub(from, to)))
        else
          if to > from then out:insert(pandoc.Str(text:sub(from, to - 1))) end
          out:insert(pandoc.RawInline("markdown", mark))
        end
        from = to + 1
      end
      if from <= #text then out:insert(pandoc.Str(text:sub(from))) end
    end
  end
  return out
end

-- Rows of which no cell reaches over several rows or columns: what such cells cover is left empty.
local function plain_rows(rows, width)
  local covered, out = {}, pandoc.List({})
  for _, row in ipairs(rows) do
    local cells, column = pandoc.List({}), 1
    local function skip_covered()
      while column <= width and (covered[column] or 0) > 0 do
        covered[column] = covered[column] - 1
        cells:insert(pandoc.Cell({}))
        column = column + 1
      end
    end
    for _, cell in ipairs(row.cells) do
      skip_covered()
      for part = 1, cell.col_span do
        if column <= width then
          cells:insert(pandoc.Cell(part == 1 and { pandoc.Plain(one_line(cell.contents)) } or {}))
          covered[column] = cell.row_span - 1
          column = column + 1
        end
      end
    end
    skip_covered()
    while column <= width do
      cells:insert(pandoc.Cell({}))
      column = column + 1
    end
    out:insert(pandoc.Row(cells))
  end
  return out
end

-- A table that lines with bars can say; its caption stands below, as ours do.
local function plain_table(it)
  local width, rows = #it.colspecs, pandoc.List({})
  for _, body in ipairs(it.bodies) do
    rows:extend(body.head)
    rows:extend(body.body)
  end
  rows:extend(it.foot.rows)
  it.foot.rows = pandoc.List({})
  it.head.rows = plain_rows(it.head.rows, width)
  -- Lines with bars have one line for the head.
  while #it.head.rows > 1 do rows:insert(1, it.head.rows:remove()) end
  local body = it.bodies[1]
  if body then
    body.head, body.body, body.row_head_columns = pandoc.List({}), plain_rows(rows, width), 0
    it.bodies = pandoc.List({ body })
  end
  for _, column in ipairs(it.colspecs) do column[2] = nil end
  local caption = one_line(it.caption.long)
  it.caption = { long = {} }
  if #caption == 0 then return it end
  caption:insert(1, pandoc.RawInline("markdown", ": "))
  return { it, pandoc.Para(caption) }
end

-- Terms and their meanings, each meaning in the line below its term, as we read them.
local function plain_definitions(it)
  local out = pandoc.Blocks({})
  for _, item in ipairs(it.content) do
    local term, meanings = item[1], item[2]
    local lines = one_line({ pandoc.Plain(term) })
    for _, meaning in ipairs(meanings) do
      lines:insert(pandoc.RawInline("markdown", "\n: "))
      lines:extend(one_line(meaning))
    end
    out:insert(pandoc.Para(lines))
  end
  return out
end

-- A figure is its picture's text, and its caption if that says more.
local function words_of_figure(it)
  local said = pandoc.utils.stringify(it.content)
  local caption = pandoc.utils.stringify(it.caption.long)
  local blocks = pandoc.Blocks(said == caption and {} or it.content)
  blocks:extend(it.caption.long)
  return blocks
end

local function content(it) return it.content end
local function nothing() return {} end

function Pandoc(document)
  document = document:walk({
    Image = function(it)
      pictures = pictures + 1
      return it.caption
    end,
    Figure = words_of_figure,
    Div = content, Span = content, Underline = content, SmallCaps = content,
    RawInline = nothing, RawBlock = nothing,
  })
  document = document:walk({ Inlines = brackets }):walk({ Table = plain_table, DefinitionList = plain_definitions })
  io.stderr:write("plenary-pictures " .. pictures .. "\n")
  return document
end
