package sandbox

import (
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strings"

	"argus/plugin/sdk"
	"argus/plugin/sdk/sandbox/report"
	sandboxv1 "argus/proto/argus/sandbox/v1"
)

// Bounds of what a sandbox may say.
const (
	maxLayers        = 32
	maxLayerText     = 4 << 10
	maxHelper        = 128
	maxArguments     = 4096
	maxArgument      = 16 << 10
	maxArgumentBytes = 96 << 10 // an argv has to leave room for the server's own
	maxDescriptor    = 63
)

var protectionsToWire = map[Protection]sandboxv1.Protection{
	report.NoNewPrivileges: sandboxv1.Protection_PROTECTION_NO_NEW_PRIVILEGES,
	report.Files:           sandboxv1.Protection_PROTECTION_FILES,
	report.Network:         sandboxv1.Protection_PROTECTION_NETWORK,
	report.Signals:         sandboxv1.Protection_PROTECTION_SIGNALS,
	report.SystemCalls:     sandboxv1.Protection_PROTECTION_SYSTEM_CALLS,
	report.Descriptors:     sandboxv1.Protection_PROTECTION_DESCRIPTORS,
	report.Lifetime:        sandboxv1.Protection_PROTECTION_LIFETIME,
	report.Limits:          sandboxv1.Protection_PROTECTION_LIMITS,
	report.LocalSockets:    sandboxv1.Protection_PROTECTION_LOCAL_SOCKETS,
}

func layersToWire(layers []Layer) []*sandboxv1.Layer {
	out := make([]*sandboxv1.Layer, 0, min(len(layers), maxLayers))
	for _, l := range layers[:min(len(layers), maxLayers)] {
		out = append(out, &sandboxv1.Layer{
			Name: sdk.Clip(l.Name, maxHelper), Available: l.Available, Detail: sdk.Clip(l.Detail, maxLayerText),
		})
	}
	return out
}

func layersFromWire(w *sandboxv1.SurveyReply) ([]Layer, error) {
	if err := sdk.CheckKnown("the survey", w); err != nil {
		return nil, err
	}
	ws := w.GetLayers()
	if len(ws) > maxLayers {
		return nil, fmt.Errorf("more than %d layers", maxLayers)
	}
	layers := make([]Layer, 0, len(ws))
	for _, w := range ws {
		err := sdk.FirstError(
			sdk.CheckText("a layer's name", w.GetName(), 1, maxHelper),
			sdk.CheckProse("a layer's detail", w.GetDetail(), 1, maxLayerText),
		)
		if err != nil {
			return nil, err
		}
		layers = append(layers, Layer{Name: w.GetName(), Available: w.GetAvailable(), Detail: w.GetDetail()})
	}
	return layers, nil
}

func requestToWire(r Request, nonce []byte) (*sandboxv1.PlanRequest, error) {
	paths := slices.Concat(r.Profile.Read, r.Profile.Write, []string{r.Profile.Scratch, r.Command, r.Folder})
	for _, path := range paths {
		if !filepath.IsAbs(path) {
			return nil, errors.New("every path of a request must be absolute")
		}
	}
	if r.Server == "" {
		return nil, errors.New("the request names no server")
	}
	return &sandboxv1.PlanRequest{
		Nonce: nonce, Server: r.Server, Command: r.Command, Folder: r.Folder,
		Profile: &sandboxv1.Profile{
			Read: r.Profile.Read, Write: r.Profile.Write, Scratch: r.Profile.Scratch, Network: r.Profile.Network,
			MaxProcesses: r.Profile.MaxProcesses, MaxMemory: r.Profile.MaxMemory,
		},
	}, nil
}

func requestFromWire(w *sandboxv1.PlanRequest) Request {
	p := w.GetProfile()
	return Request{
		Server: w.GetServer(), Command: w.GetCommand(), Folder: w.GetFolder(),
		Profile: Profile{
			Read: p.GetRead(), Write: p.GetWrite(), Scratch: p.GetScratch(), Network: p.GetNetwork(),
			MaxProcesses: p.GetMaxProcesses(), MaxMemory: p.GetMaxMemory(),
		},
	}
}

// planToWire leaves the judgement to the host; what does not fit the wire at all becomes zero, which the host refuses.
func planToWire(p Plan, nonce []byte) *sandboxv1.PlanReply {
	w := &sandboxv1.PlanReply{
		Nonce: nonce, Helper: p.Helper, HelperSha256: p.HelperSHA256, Arguments: p.Arguments,
		ReportDescriptor: descriptorToWire(p.ReportDescriptor), LifelineDescriptor: descriptorToWire(p.LifelineDescriptor),
	}
	for _, protection := range p.Protections {
		w.Protections = append(w.Protections, protectionsToWire[protection])
	}
	return w
}

func descriptorToWire(fd int) uint32 {
	if fd < 0 || fd > math.MaxInt32 {
		return 0
	}
	return uint32(fd)
}

func planFromWire(w *sandboxv1.PlanReply) (Plan, error) {
	err := sdk.FirstError(
		sdk.CheckKnown("the plan", w),
		checkHelper(w.GetHelper()),
		sdk.CheckSHA256("the helper's checksum", w.GetHelperSha256()),
		checkArguments(w.GetArguments()),
		checkDescriptors(w.GetReportDescriptor(), w.GetLifelineDescriptor()),
	)
	if err != nil {
		return Plan{}, err
	}
	protections, err := protectionsFromWire(w.GetProtections())
	if err != nil {
		return Plan{}, err
	}
	return Plan{
		Helper: w.GetHelper(), HelperSHA256: w.GetHelperSha256(), Arguments: w.GetArguments(),
		ReportDescriptor: int(w.GetReportDescriptor()), LifelineDescriptor: int(w.GetLifelineDescriptor()),
		Protections: protections,
	}, nil
}

// checkHelper admits the name of a file in the plugin folder and nothing that leads elsewhere.
func checkHelper(name string) error {
	if err := sdk.CheckText("the helper", name, 1, maxHelper); err != nil {
		return err
	}
	if strings.ContainsAny(name, `/\`) || name[0] == '.' || name[0] == '-' {
		return errors.New("the helper is not a plain file name")
	}
	return nil
}

func checkArguments(arguments []string) error {
	if len(arguments) > maxArguments {
		return fmt.Errorf("more than %d arguments", maxArguments)
	}
	total := 0
	for _, a := range arguments {
		if len(a) > maxArgument || strings.ContainsRune(a, 0) {
			return errors.New("an argument is too long or holds a zero byte")
		}
		total += len(a) + 1
	}
	if total > maxArgumentBytes {
		return fmt.Errorf("the arguments are longer than %d bytes", maxArgumentBytes)
	}
	return nil
}

func checkDescriptors(report, lifeline uint32) error {
	for _, fd := range []uint32{report, lifeline} {
		if fd < 3 || fd > maxDescriptor {
			return fmt.Errorf("a descriptor is not within 3..%d", maxDescriptor)
		}
	}
	if report == lifeline {
		return errors.New("the report and the lifeline are the same descriptor")
	}
	return nil
}

func protectionsFromWire(ws []sandboxv1.Protection) ([]Protection, error) {
	var out []Protection
	for _, w := range ws {
		known := false
		for p, wire := range protectionsToWire {
			if wire == w {
				out, known = append(out, p), true
			}
		}
		if !known {
			return nil, errors.New("a protection is unspecified or unknown")
		}
	}
	slices.Sort(out)
	if len(slices.Compact(slices.Clone(out))) != len(out) {
		return nil, errors.New("a protection is listed twice")
	}
	return out, nil
}
