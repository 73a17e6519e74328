(* How values are written: tokens between spaces, as kernel/kerneltest/encode.go has them. A number is decimal, a truth value t
   or f, a text has its unusual bytes as %XX and is a lone % if it is empty, a map or set is its size and its entries. *)
open Kernel

type reader = { tokens : string array; mutable next : int }

let token r =
  let t = r.tokens.(r.next) in
  r.next <- r.next + 1; t

let put b t = Buffer.add_char b ' '; Buffer.add_string b t

type 'a pair = { read : reader -> 'a; show : Buffer.t -> 'a -> unit }
let read p = p.read
let show p = p.show

let of_number = { read = (fun r -> value N0 (token r)); show = (fun b n -> put b (formatUint n)) }

let of_bool = {
  read = (fun r -> match token r with "t" -> true | "f" -> false | other -> failwith other);
  show = (fun b x -> put b (if x then "t" else "f")) }

let plain c = match c with 'a' .. 'z' | 'A' .. 'Z' | '0' .. '9' | '.' | '-' | '_' | '/' -> true | _ -> false

let unescape t =
  let b = Buffer.create (String.length t) in
  let rec from i =
    if i < String.length t then
      if t.[i] = '%' then (Buffer.add_char b (Char.chr (int_of_string ("0x" ^ String.sub t (i + 1) 2))); from (i + 3))
      else (Buffer.add_char b t.[i]; from (i + 1)) in
  if t <> "%" then from 0;
  Buffer.contents b

let escape s =
  if s = "" then "%" else
  String.concat "" (List.map (fun c -> if plain c then String.make 1 c else Printf.sprintf "%%%02X" (Char.code c))
    (List.init (String.length s) (String.get s)))

let of_text = { read = (fun r -> unescape (token r)); show = (fun b s -> put b (escape s)) }

(* entries of a collection, folded into it *)
let many add empty entry r =
  let rec go n m = if n = 0 then m else let m = add m (entry r) in go (n - 1) m in
  go (int_of_string (token r)) empty

let each entry b list = put b (string_of_int (List.length list)); List.iter (entry b) list

let map set empty all key v = {
  read = many (fun m (k, x) -> set m k x) empty (fun r -> let k = key.read r in (k, v.read r));
  show = (fun b m -> each (fun b (k, x) -> key.show b k; v.show b x) b (all m)) }

let of_sMap v = map SMap.set SMap.empty SMap.all of_text v
let of_nMap v = map NMap.set NMap.empty NMap.all of_number v
let of_sSet key = { read = many SSet.add SSet.empty key.read; show = (fun b s -> each key.show b (SSet.all s)) }
