(* The translated kernel as an OCaml program. Numbers stay binary, so that no machine's integers come between. *)
From Argus.axioms Require Import Go.
From Argus.extracted Require Import Kernel.
From Coq Require Import Extraction ExtrOcamlBasic ExtrOcamlNativeString.

Set Extraction KeepSingleton.
Extraction "reference/kernel.ml" Step Genesis State_set_Next State_set_Agents Agent_set_Born Root
  formatUint value SMap.set SMap.get SMap.empty SMap.all NMap.set NMap.empty NMap.all SSet.add SSet.empty SSet.all
  Theory Input.
