(* The instances that the translated kernel uses: by text and by number. Their bodies are opaque to tactics, so a
   proof goes through the stated equations; vm_compute still runs them. *)
From Argus.axioms Require Import Key OrderedMap OrderedSet.

Module SMap := MakeMap StringKey.
Module NMap := MakeMap NumberKey.
Module SSet := MakeSet StringKey.
Module SMapFacts := MapFacts StringKey SMap.
Module NMapFacts := MapFacts NumberKey NMap.
Module SSetFacts := SetFacts StringKey SSet.

Global Opaque SMap.empty SMap.get SMap.has SMap.len SMap.set SMap.delete SMap.all.
Global Opaque NMap.empty NMap.get NMap.has NMap.len NMap.set NMap.delete NMap.all.
Global Opaque SSet.empty SSet.has SSet.len SSet.add SSet.subsetOf SSet.all.
