package main

import (
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"argus/cmd/argus/internal/show"
	"argus/host"
	"argus/host/journal"
)

func newAudit(c *console) *cobra.Command {
	return group("audit", "Look into the record of decisions", newAuditQuery(c), newAuditTail(c), newAuditVerify(c))
}

func newAuditVerify(c *console) *cobra.Command {
	var anchors []string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "verify [FOLDER]",
		Short: "Tell whether the record is as it was written",
		Long: `Reads the whole journal, beside a running daemon or without one, and verifies every checksum and the chain of hashes. The first bad record is
named, with its file and place, what is wrong there and what to do: altered bytes, a record cut short, removed, out of order, inserted or replaced, or
a missing segment. FOLDER is the journal of the state folder unless given. Exit code 1 when the record is not sound.

That the end was removed, or all of it replaced by an older or another journal, is seen by the anchor that the daemon keeps beside the folder, in
FOLDER.anchor: the number and the hash of the last record that was on the disk. The hashes are no signature: whoever can write the state folder, and knows
of this file, can write another history that is sound, or records after the last one. For that keep the anchor that is printed where they cannot
write, such as with the audit sink, and give it again with --anchor: up to that record nothing can be another then.`,
		Example: `  argus audit verify
  argus audit verify --anchor 1841:9c1f6c0c0d1c6e1f0f5a2b...
  argus audit verify /backup/argus/journal --json`,
		Args: cobra.MaximumNArgs(1),
	}
	at := newPlace(cmd)
	cmd.Flags().StringArrayVar(&anchors, "anchor", nil, "`record:hash` that was kept elsewhere; may be given several times")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print it as JSON")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		kept, err := parseAnchors(cmd, anchors)
		if err != nil {
			return err
		}
		folder, err := journalFolder(at, args)
		if err != nil {
			return err
		}
		report, err := journal.Check(folder, kept...)
		if err != nil {
			return err
		}
		verified := verifiedOf(folder, report)
		if asJSON {
			err = c.document(verified)
		} else {
			verified.tell(c)
		}
		if err == nil && !verified.Sound {
			err = errTold
		}
		return err
	}
	return cmd
}

func journalFolder(at *place, args []string) (string, error) {
	if len(args) > 0 {
		return filepath.Abs(args[0])
	}
	state, err := at.stateAlone()
	return filepath.Join(state, host.JournalFolder), err
}

// parseAnchors reads what verify prints.
func parseAnchors(cmd *cobra.Command, texts []string) ([]journal.Anchor, error) {
	var anchors []journal.Anchor
	for _, text := range texts {
		a, err := journal.ParseAnchor(text)
		if err != nil {
			return nil, usage(cmd, "--anchor %q is not the anchor of a record, as argus audit verify prints it", text)
		}
		anchors = append(anchors, a)
	}
	return anchors, nil
}

// verified is what --json tells.
type verified struct {
	Folder   string    `json:"folder"`
	Sound    bool      `json:"sound"`
	Segments int       `json:"segments"`
	Records  uint64    `json:"records"`  // good, before the first bad place
	Anchor   string    `json:"anchor"`   // of the last good record, to be kept elsewhere; empty if there is none
	LastTime string    `json:"lastTime"` // of that record
	Clean    bool      `json:"clean"`    // the daemon that wrote it last had time to close it
	Torn     bool      `json:"torn"`     // a last record that is not whole: of a daemon that is writing, or was killed while it did
	Anchored bool      `json:"anchored"` // there is an anchor beside the folder; without one it cannot be told whether the end is gone
	Bad      *badPlace `json:"bad"`      // null in a sound record
}

// badPlace is where the record is not what was written.
type badPlace struct {
	Record  uint64 `json:"record"` // the one that should be there; 0 when unknown
	Segment string `json:"segment"`
	Offset  int64  `json:"offset"`
	What    string `json:"what"`
	Detail  string `json:"detail"`
	Next    string `json:"next"` // what a person can do
}

func verifiedOf(folder string, r journal.Report) verified {
	v := verified{Folder: folder, Sound: r.Bad == nil, Segments: r.Segments, Records: r.Records, Clean: r.Clean, Torn: r.Torn != nil, Anchored: r.Anchored}
	if r.Last.Seq > 0 {
		v.Anchor, v.LastTime = r.Last.String(), r.LastTime.UTC().Format(time.RFC3339Nano)
	}
	if d := r.Bad; d != nil {
		v.Bad = &badPlace{Record: d.Seq, Segment: d.Segment, Offset: d.Offset, What: d.What.String(), Detail: d.Error(), Next: next(folder, d)}
	}
	return v
}

// next is what a person can do about damage.
func next(folder string, d *journal.Damage) string {
	beside := show.Plain(journal.AnchorPath(folder))
	switch {
	case d.Segment == filepath.Base(beside):
		return "the records before are sound: compare the anchor with one that was kept elsewhere, then remove " + beside + " to accept them as all there are"
	case d.What == journal.Removed || d.What == journal.Replaced:
		return "keep a copy of the folder, and put the right one back. If this is a backup that you put there, remove " + beside +
			" to accept it: what happened after it is forgotten"
	}
	return "keep a copy of the folder, and put a backup in its place. Without one move it and " + beside + " away: the daemon begins anew and has forgotten all"
}

func (v verified) tell(c *console) {
	c.printf("journal  %s\n", show.Plain(v.Folder))
	c.printf("good     %d records in %d segments\n", v.Records, v.Segments)
	if v.Anchor != "" {
		c.printf("last     %s\n", v.LastTime)
		c.printf("anchor   %s\n", v.Anchor)
	}
	if v.Torn {
		c.printf("torn     the last record is not whole: a daemon is writing it, or was killed while it did\n")
	}
	if !v.Anchored {
		c.printf("end      nothing beside the folder says which record is the last: it cannot be told whether some are gone\n")
	}
	switch {
	case v.Bad != nil:
		c.printf("%s\n", c.paint.Paint(show.Bad, "not sound: "+v.Bad.Detail))
		c.printf("next     %s\n", v.Bad.Next)
	default:
		c.printf("%s\n", c.paint.Paint(show.Good, "sound"))
	}
}
