package show

import (
	"io"
	"strings"
	"unicode/utf8"
)

// Cell is one field of a table: untrusted text, and how to paint it.
type Cell struct {
	Text  string
	Paint Colour
}

// Text is a cell without paint.
func Text(text string) Cell { return Cell{Text: text} }

// Table is rows under a heading, aligned by columns.
type Table struct {
	Heading []string
	rows    [][]Cell
}

// Add appends a row. An empty field is shown as "-", so that columns can be told apart by programs too.
func (t *Table) Add(cells ...Cell) {
	for i := range cells {
		if cells[i].Text = Plain(cells[i].Text); cells[i].Text == "" {
			cells[i].Text = "-"
		}
	}
	t.rows = append(t.rows, cells)
}

// Write writes the table with the paints of p.
func (t *Table) Write(w io.Writer, p Painter) error {
	heading := make([]Cell, len(t.Heading))
	for i, name := range t.Heading {
		heading[i] = Cell{name, Dim}
	}
	rows := append([][]Cell{heading}, t.rows...)
	widths := widths(rows)
	var out strings.Builder
	for _, row := range rows {
		for i, cell := range row {
			out.WriteString(p.Paint(cell.Paint, cell.Text))
			if i < len(row)-1 {
				out.WriteString(strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell.Text)+2))
			}
		}
		out.WriteByte('\n')
	}
	_, err := io.WriteString(w, out.String())
	return err
}

func widths(rows [][]Cell) []int {
	widths := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, cell := range row {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell.Text))
		}
	}
	return widths
}
