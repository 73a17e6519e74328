package sandboxkit

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"sync"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"argus/plugin/sdk"
	"argus/plugin/sdk/conformance"
	"argus/plugin/sdk/sandbox"
	sandboxv1 "argus/proto/argus/sandbox/v1"
)

// Kit is the checks of a sandbox.
func Kit() conformance.Kit {
	check := conformance.On(newStage)
	return append(conformance.Common(firstSurvey),
		check("SBX-01", "Survey tells the mechanisms of the machine, each with the version found, or with what is missing and how to get it.", surveys).AsFirst(),
		check("SBX-02", "A plan has the nonce of its request, however many are asked for at once.", ownNonce),
		check("SBX-03", "A plan promises every protection of the catalogue, and the network's unless the profile grants it.", promisesAll),
		check("SBX-04", "The helper that a plan names is a file of the plugin folder, with the checksum that the plan names.", namesHelper),
		check("SBX-05", "What it cannot confine, as a profile with a folder that is not there, is FAILED_PRECONDITION with what is missing.", tellsMissing),
		check("SBX-06", "The helper reports what was promised, and runs the server with its arguments, environment and folder.", runs),
		check("SBX-07", "files: a file that is not listed cannot be read or written, one listed for reading only read, scratch both.", confinesFiles),
		check("SBX-08", "network: without it no address can be reached by TCP or UDP, on this machine neither.", confinesNetwork),
		check("SBX-09", "local_sockets: no unix socket can be reached by name, with or without network.", confinesLocalSockets),
		check("SBX-10", "signals: no process outside can be signalled.", stops("signal", strconv.Itoa(os.Getpid()))),
		check("SBX-11", "descriptors: nothing is inherited but standard input, output and error.", stops("inherited")),
		check("SBX-12", "no_new_privileges: nothing that is executed can gain any.", stops("privileges")),
		check("SBX-13", "lifetime: when the lifeline is closed the server ends, with all that it has started.", endsWithLifeline),
		check("SBX-14", "limits: no more processes run at once than the profile says, and none takes more memory.", limits),
	)
}

func firstSurvey(ctx context.Context, conn grpc.ClientConnInterface) error {
	_, err := sandboxv1.NewSandboxClient(conn).Survey(ctx, &sandboxv1.SurveyRequest{})
	return err
}

func surveys(ctx context.Context, s *stage) error {
	link, _ := conformance.Link(s.conn)
	layers, err := sandbox.NewClient(link).Survey(ctx)
	if err == nil && len(layers) == 0 {
		err = errors.New("it names no mechanism")
	}
	return err
}

func ownNonce(ctx context.Context, s *stage) error {
	const many = 16
	var plans sync.WaitGroup
	errs := make([]error, many)
	for n := range many {
		plans.Go(func() { errs[n] = s.planOnce(ctx) })
	}
	plans.Wait()
	return sdk.FirstError(errs...)
}

// planOnce asks for a plan and looks at its nonce. That there is none is for other requirements.
func (s *stage) planOnce(ctx context.Context) error {
	nonce := make([]byte, 16)
	rand.Read(nonce) // never fails: it ends the program instead
	reply, err := sandboxv1.NewSandboxClient(s.conn).Plan(ctx, s.wire(nonce))
	switch {
	case status.Code(err) == codes.FailedPrecondition:
		return nil
	case err != nil:
		return err
	case !bytes.Equal(reply.GetNonce(), nonce):
		return errors.New("a plan has another nonce than its request")
	}
	return nil
}

func promisesAll(ctx context.Context, s *stage) error {
	for _, network := range []bool{false, true} {
		s.request.Profile.Network = network
		if _, err := s.plan(ctx, nil); err != nil {
			return err
		}
	}
	return nil
}

func namesHelper(ctx context.Context, s *stage) error {
	plan, err := s.plan(ctx, []sandbox.Protection{})
	if err != nil {
		return err
	}
	path := filepath.Join(s.pluginFolder, plan.Helper)
	if info, err := os.Lstat(path); err != nil || !info.Mode().IsRegular() {
		return fmt.Errorf("the helper %s is no file of the plugin folder", plan.Helper)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("the helper: %w", err)
	}
	if sum := sha256.Sum256(text); hex.EncodeToString(sum[:]) != plan.HelperSHA256 {
		return fmt.Errorf("the checksum of %s is not the one that the plan names", plan.Helper)
	}
	return nil
}

func tellsMissing(ctx context.Context, s *stage) error {
	s.request.Profile.Read = append(s.request.Profile.Read, filepath.Join(s.base, "not-there"))
	link, _ := conformance.Link(s.conn)
	_, err := sandbox.NewClient(link).Plan(ctx, s.request, []sandbox.Protection{})
	switch missing := (*sandbox.Missing)(nil); {
	case err == nil:
		return errors.New("there is a plan for a profile with a folder that is not there")
	case !errors.As(err, &missing):
		return fmt.Errorf("a profile with a folder that is not there fails in another way: %w", err)
	case missing.What == "":
		return errors.New("it does not say what is missing")
	}
	return nil
}
