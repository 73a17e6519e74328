(* 7 and 8. A child without flights hands a value to its parent, which is not root. *)
From Coq Require Import NArith.
From Argus.spec Require Import Words Theory State Event.
Local Open Scope N_scope.

(* What the parent takes from an endorsed value: nothing confidential, and the child's integrity unless the slot's type
   endorses. *)
Definition taken_from (x : Exposure) (endorsed : bool) : Exposure :=
  mkExposure public (if endorsed then proven else integrity x).

(* Bits are due when the child has met more than the parent. *)
Inductive returns_endorsed (T : Theory) (s : State) (c p : AgentID) (n : N) (slot : SlotID) : Event -> State -> Prop :=
| ReturnsEndorsed x (pays endorsed : bool) s' :
    let spent := if pays then n else 0 in
    p <> root ->
    acts s c ->
    child s c p ->
    idle s c ->
    (pays = true <-> ~ exposure s c ⊑ exposure s p) ->
    (pays = true -> 1 <= n <= bits s c) ->
    (endorsed = true <-> endorses T slot) ->
    speculative s p x ->
    stays_open s p (x ⊔ taken_from (exposure s c) endorsed) ->
    same s' (with_exposure (with_bits s c (bits s c - spent)) p
               (exposure s p ⊔ taken_from (exposure s c) endorsed)) ->
    returns_endorsed T s c p n slot (mkEvent (digest T) (Returned c p spent endorsed)) s'.

Inductive returns_unendorsed (T : Theory) (s : State) (c p : AgentID) : Event -> State -> Prop :=
| ReturnsUnendorsed x s' :
    p <> root ->
    acts s c ->
    child s c p ->
    idle s c ->
    speculative s p x ->
    stays_open s p (x ⊔ exposure s c) ->
    same s' (with_exposure s p (exposure s p ⊔ exposure s c)) ->
    returns_unendorsed T s c p (mkEvent (digest T) (Returned c p 0 false)) s'.
