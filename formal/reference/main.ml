(* The reference program: one command a line, and an answer to each step.

     theory T           steps are judged by T from now on
     genesis BITS N     a new run, whose root has born N children and whose next invocation is N; its state is number 0
     step I INPUT       decide INPUT in state number I; an accepted step's state gets the next number

   Its decisions are those of the translated kernel; nothing here decides. *)
open Kernel

let states = Hashtbl.create 10000
let keep s = Hashtbl.replace states (Hashtbl.length states) s

let genesis bits n =
  let s = genesis bits in
  match SMap.get s.state_Agents root with
  | None -> failwith "no root"
  | Some a -> state_set_Next (state_set_Agents s (SMap.set s.state_Agents root (agent_set_Born a n))) n

let () =
  let theory = ref None in
  try
    while true do
      let line = input_line stdin in
      let r = { Text.tokens = Array.of_list (String.split_on_char ' ' line); next = 0 } in
      match Text.token r with
      | "theory" -> theory := Some (Codec.of_theory.read r)
      | "genesis" ->
        let bits = Text.of_number.read r in
        Hashtbl.reset states; keep (genesis bits (Text.of_number.read r))
      | "step" ->
        let from = Hashtbl.find states (int_of_string (Text.token r)) in
        let out = step (Option.get !theory) from (Codec.of_input.read r) in
        (match out with Outcome_Accepted a -> keep a.accepted_State | Outcome_Refused _ -> ());
        let b = Buffer.create 1000 in
        Codec.of_outcome.show b out;
        print_endline (String.trim (Buffer.contents b))
      | other -> failwith other
    done
  with End_of_file -> ()
