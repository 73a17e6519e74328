package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"argus/internal/installed"
)

// Ways from a client to a model's vendor, beside the direct one.
const (
	reverseProxy = "reverse proxy"
	throughArgus = "argus"
	throughOther = "other build"
)

// How much is asked for. The two numbers of pieces are the vendor's.
const (
	streamPieces  = 100  // of a paced answer, as the vendor makes it
	bulkPieces    = 4000 // of one that comes at once
	streamRepeats = 4    // answers of one turn
)

// streamWay is one way to a vendor.
type streamWay struct {
	name    string
	base    map[string]string // by API, without its path
	token   string
	process *installed.Process
}

// streamAPIs are what each API is asked; the model's name says how it is to answer.
var streamAPIs = []struct{ name, upstream, path, body string }{
	{"chat completions", "openai", "/v1/chat/completions", `{"model":"%s","stream":true,"messages":[{"role":"user","content":"go"}]}`},
	{"responses", "openai", "/v1/responses", `{"model":"%s","stream":true,"input":[{"role":"user","content":"go"}]}`},
	{"messages", "anthropic", "/v1/messages", `{"model":"%s","stream":true,"max_tokens":100,"messages":[{"role":"user","content":"go"}]}`},
}

// streamCell is one line: an API by one way.
type streamCell struct {
	way          *streamWay
	api, path    string
	paced, bulk  string    // bodies
	chunk, whole []float64 // µs, one of each turn
}

// streams is the part of the bench that measures answers of models.
type streams struct {
	ways  []*streamWay
	cells []*streamCell
}

// openStreams starts the vendor and what stands in front of it. On an error those that run are ended.
func openStreams(ctx context.Context, o options, folder string) (s *streams, err error) {
	s = &streams{}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.close())
		}
	}()
	vendor, err := s.serve(direct, filepath.Join(folder, "vendor"))
	if err != nil {
		return nil, err
	}
	if _, err := s.serve(reverseProxy, filepath.Join(folder, "reverseproxy"), vendor.URL); err != nil {
		return nil, err
	}
	a := installed.Argus{Programs: folder, Folder: filepath.Join(folder, "models")}
	if err := s.serveArgus(ctx, throughArgus, a, vendor.URL, o.instead()...); err != nil {
		return nil, err
	}
	if o.beside != "" {
		a = installed.Argus{Programs: o.beside, Folder: filepath.Join(folder, "othermodels")}
		if err := s.serveArgus(ctx, throughOther, a, vendor.URL); err != nil {
			return nil, err
		}
	}
	for _, api := range streamAPIs {
		for _, way := range s.ways {
			s.cells = append(s.cells, &streamCell{
				way: way, api: api.name, path: way.base[api.upstream] + api.path,
				paced: fmt.Sprintf(api.body, "paced"), bulk: fmt.Sprintf(api.body, "bulk"),
			})
		}
	}
	return s, nil
}

func (s *streams) serve(name string, command ...string) (*installed.Process, error) {
	p, err := installed.Serve(command[0]+".log", command...)
	if err != nil {
		return nil, err
	}
	s.ways = append(s.ways, &streamWay{name: name, process: p, base: map[string]string{"openai": p.URL, "anthropic": p.URL}})
	return p, nil
}

// serveArgus makes an installation in front of the vendor.
func (s *streams) serveArgus(ctx context.Context, name string, a installed.Argus, vendor string, instead ...string) error {
	if err := a.Init(ctx, "127.0.0.1:0"); err != nil {
		return err
	}
	if err := a.Edit("argus.toml", func(text string) (string, error) {
		const usual = `listen = "127.0.0.1:8743"`
		if !strings.Contains(text, usual) {
			return "", errors.New("the door to models is not where it was")
		}
		text = strings.Replace(text, usual, `listen = "127.0.0.1:0"`, 1)
		for _, format := range []string{"openai", "anthropic"} {
			text += fmt.Sprintf("\n[upstream.%s]\nsink = \"llm_provider\"\nurl = %q\nformat = %[1]q\nkey = \"file:vendor.key\"\n", format, vendor)
		}
		return text, nil
	}); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(a.Folder, "vendor.key"), []byte("the-key-of-the-vendor"), 0o600); err != nil {
		return err
	}
	p, err := a.Serve(instead...)
	if err != nil {
		return err
	}
	way := &streamWay{name: name, process: p}
	s.ways = append(s.ways, way) // to be ended, whatever fails
	door, err := a.Models(ctx)
	if err != nil {
		return err
	}
	way.base = map[string]string{"openai": door + "/openai", "anthropic": door + "/anthropic"}
	way.token, err = a.NewAgent(ctx, "bench")
	return err
}

func (s *streams) close() error {
	var errs []error
	for i := range s.ways {
		errs = append(errs, s.ways[len(s.ways)-1-i].process.Stop())
	}
	return errors.Join(errs...)
}

// turn measures every cell once, in a random order.
func (s *streams) turn(ctx context.Context, order *rand.Rand) error {
	for _, i := range order.Perm(len(s.cells)) {
		if err := s.cells[i].turn(ctx); err != nil {
			return fmt.Errorf("streams of %s, %s: %w", s.cells[i].api, s.cells[i].way.name, err)
		}
	}
	return nil
}

func (c *streamCell) turn(ctx context.Context) error {
	var late []time.Duration
	var took []time.Duration
	for range streamRepeats {
		waits, _, err := c.answer(ctx, c.paced, streamPieces)
		if err != nil {
			return err
		}
		late = append(late, waits...)
		_, wall, err := c.answer(ctx, c.bulk, bulkPieces)
		if err != nil {
			return err
		}
		took = append(took, wall)
	}
	c.chunk = append(c.chunk, micros(middle(late)))
	c.whole = append(c.whole, micros(middle(took)))
	return nil
}

// answer reads one to its end. It must hold every piece; each piece's wait is the time from when the vendor sent it.
func (c *streamCell) answer(ctx context.Context, body string, pieces int) (waits []time.Duration, wall time.Duration, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, c.path, strings.NewReader(body))
	if err != nil {
		return nil, 0, err
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer "+c.way.token)
	begun := time.Now()
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return nil, 0, err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		said, _ := io.ReadAll(io.LimitReader(answer.Body, 1<<10))
		return nil, 0, fmt.Errorf("%s: %s", answer.Status, said)
	}
	lines := bufio.NewReaderSize(answer.Body, 1<<20)
	for {
		line, err := lines.ReadSlice('\n')
		now := time.Now()
		if at := bytes.Index(line, []byte("t=")); at >= 0 && bytes.Count(line, []byte("t=")) == 1 {
			sent, err := strconv.ParseInt(string(line[at+2:at+21]), 10, 64)
			if err != nil {
				return nil, 0, err
			}
			waits = append(waits, now.Sub(time.Unix(0, sent)))
		}
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, 0, err
		}
	}
	wall = time.Since(begun)
	if len(waits) != pieces {
		return nil, 0, fmt.Errorf("%d of %d pieces arrived", len(waits), pieces)
	}
	return waits, wall, nil
}

// streamLine is a cell over all turns.
type streamLine struct {
	API    string `json:"api"`
	System string `json:"system"`
	Chunk  spread `json:"pacedChunkUs"`
	Bulk   spread `json:"bulkAnswerUs"`
	Ratio  struct {
		Chunk spread `json:"pacedChunk"`
		Bulk  spread `json:"bulkAnswer"`
	} `json:"toReverseProxy"` // each formed within a turn
}

func (s *streams) lines() []streamLine {
	var out []streamLine
	for _, c := range s.cells {
		l := streamLine{API: c.api, System: c.way.name, Chunk: spreadOf(c.chunk), Bulk: spreadOf(c.whole)}
		for _, base := range s.cells {
			if base.api == c.api && base.way.name == reverseProxy {
				l.Ratio.Chunk, l.Ratio.Bulk = quotients(c.chunk, base.chunk), quotients(c.whole, base.whole)
			}
		}
		out = append(out, l)
	}
	return out
}

func quotients(values, base []float64) spread {
	var out []float64
	for i, v := range values {
		out = append(out, v/base[i])
	}
	return spreadOf(out)
}

// holdStreams judges by the medians of every API.
func holdStreams(lines []streamLine) goal {
	g := goal{Name: "G9", Asks: "inspected streams: at most 1.2 times a reverse proxy per paced chunk, 3 times in bulk", State: notMeasured}
	var showed []string
	for _, l := range lines {
		if l.System != throughArgus {
			continue
		}
		if g.State == notMeasured {
			g.State = met
		}
		if l.Ratio.Chunk.Median > 1.2 || l.Ratio.Bulk.Median > 3 {
			g.State = missed
		}
		showed = append(showed, fmt.Sprintf("%s: %.2f, %.2f", l.API, l.Ratio.Chunk.Median, l.Ratio.Bulk.Median))
	}
	g.Showed = strings.Join(showed, "; ")
	return g
}
