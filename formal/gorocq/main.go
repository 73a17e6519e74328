// Gorocq translates the kernel's Go into Gallina, so that proofs speak of the code that runs.
//
// It reads the files of one package, by their types, and writes one definition for each type, constant, function and
// method. It knows exactly the subset of Go that the kernel uses. Anything else is an error with file and line:
// what it does not understand it never guesses. Files that carry the directive argus:untranslated are left out, and
// a translated file that uses something of theirs is refused.
//
// Its output and the meaning of Go are tied by hand-written rules in this directory, which are trusted: a wrong rule would
// prove something about another program. What tests them is the reference program that is extracted from the
// output and compared with the kernel step by step.
//
// # How Go becomes Gallina
//
//	struct                    record T with constructor mkT and projections T_F; `x.F = e` uses a generated setter T_set_F
//	sealed interface I        inductive I with constructors I_T
//	unsigned integers         N, with operations that wrap as Go's do (formal/axioms/Width.v)
//	string, bool              string, bool
//	ordered.Map, ordered.Set  SMap, NMap, SSet (formal/axioms/Maps.v)
//	(T, bool)                 option T
//	loop                      scan, fold_left or loop (formal/axioms/Loops.v)
//
// Definitions come after what they use, and otherwise by name, so moving code between files changes nothing.
package main

import (
	"flag"
	"fmt"
	"os"
)

func main() {
	asCodec := flag.Bool("codec", false, "write OCaml that reads and shows the extracted types")
	flag.Parse()
	if flag.NArg() != 1 {
		fmt.Fprintln(os.Stderr, "usage: gorocq [-codec] DIR")
		os.Exit(2)
	}
	src, err := load(flag.Arg(0))
	if err != nil {
		fmt.Fprintln(os.Stderr, "gorocq:", err)
		os.Exit(1)
	}
	text, refused := translate(src)
	for _, r := range refused {
		fmt.Fprintln(os.Stderr, r)
	}
	if len(refused) > 0 {
		os.Exit(1)
	}
	if *asCodec {
		text = codec(src)
	}
	fmt.Print(text)
}
