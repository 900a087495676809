;; Hash chains over token blocks. Numbers are little-endian.
;; Byte 0 to 7 of the memory hold the running hash: what a chain starts from, and what every function leaves behind.
(module
  (memory (export "memory") 2)

  ;; Accumulators of XXH64 between "begin", "stripes" and "end".
  (global $v1 (mut i64) (i64.const 0))
  (global $v2 (mut i64) (i64.const 0))
  (global $v3 (mut i64) (i64.const 0))
  (global $v4 (mut i64) (i64.const 0))

  (func $round (param $acc i64) (param $input i64) (result i64)
    (i64.mul
      (i64.rotl
        (i64.add (local.get $acc) (i64.mul (local.get $input) (i64.const 0xC2B2AE3D27D4EB4F)))
        (i64.const 31))
      (i64.const 0x9E3779B185EBCA87)))

  (func $merge (param $hash i64) (param $acc i64) (result i64)
    (i64.add
      (i64.mul
        (i64.xor (local.get $hash) (call $round (i64.const 0) (local.get $acc)))
        (i64.const 0x9E3779B185EBCA87))
      (i64.const 0x85EBCA77C2B2AE63)))

  ;; Takes in eight bytes of the tail.
  (func $eight (param $hash i64) (param $input i64) (result i64)
    (i64.add
      (i64.mul
        (i64.rotl (i64.xor (local.get $hash) (call $round (i64.const 0) (local.get $input))) (i64.const 27))
        (i64.const 0x9E3779B185EBCA87))
      (i64.const 0x85EBCA77C2B2AE63)))

  (func $avalanche (param $hash i64) (result i64)
    (local.set $hash (i64.mul
      (i64.xor (local.get $hash) (i64.shr_u (local.get $hash) (i64.const 33)))
      (i64.const 0xC2B2AE3D27D4EB4F)))
    (local.set $hash (i64.mul
      (i64.xor (local.get $hash) (i64.shr_u (local.get $hash) (i64.const 29)))
      (i64.const 0x165667B19E3779F9)))
    (i64.xor (local.get $hash) (i64.shr_u (local.get $hash) (i64.const 32))))

  (func $begin (export "begin")
    (global.set $v1 (i64.const 0x60EA27EEADC0B5D6))
    (global.set $v2 (i64.const 0xC2B2AE3D27D4EB4F))
    (global.set $v3 (i64.const 0))
    (global.set $v4 (i64.const 0x61C8864E7A143579)))

  ;; Takes in whole stripes of 32 bytes. Written out here and in "cborChain", because the engine does not inline calls.
  (func $stripes (export "stripes") (param $at i32) (param $length i32)
    (local $end i32) (local $a i64) (local $b i64) (local $c i64) (local $d i64)
    (local.set $end (i32.add (local.get $at) (local.get $length)))
    (local.set $a (global.get $v1))
    (local.set $b (global.get $v2))
    (local.set $c (global.get $v3))
    (local.set $d (global.get $v4))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $at) (local.get $end)))
        (local.set $a
          (i64.mul
            (i64.rotl
              (i64.add (local.get $a) (i64.mul (i64.load (local.get $at)) (i64.const 0xC2B2AE3D27D4EB4F)))
              (i64.const 31))
            (i64.const 0x9E3779B185EBCA87)))
        (local.set $b
          (i64.mul
            (i64.rotl
              (i64.add (local.get $b) (i64.mul (i64.load offset=8 (local.get $at)) (i64.const 0xC2B2AE3D27D4EB4F)))
              (i64.const 31))
            (i64.const 0x9E3779B185EBCA87)))
        (local.set $c
          (i64.mul
            (i64.rotl
              (i64.add (local.get $c) (i64.mul (i64.load offset=16 (local.get $at)) (i64.const 0xC2B2AE3D27D4EB4F)))
              (i64.const 31))
            (i64.const 0x9E3779B185EBCA87)))
        (local.set $d
          (i64.mul
            (i64.rotl
              (i64.add (local.get $d) (i64.mul (i64.load offset=24 (local.get $at)) (i64.const 0xC2B2AE3D27D4EB4F)))
              (i64.const 31))
            (i64.const 0x9E3779B185EBCA87)))
        (local.set $at (i32.add (local.get $at) (i32.const 32)))
        (br $next)))
    (global.set $v1 (local.get $a))
    (global.set $v2 (local.get $b))
    (global.set $v3 (local.get $c))
    (global.set $v4 (local.get $d)))

  (func $merged (result i64)
    (local $hash i64)
    (local.set $hash
      (i64.add
        (i64.add (i64.rotl (global.get $v1) (i64.const 1)) (i64.rotl (global.get $v2) (i64.const 7)))
        (i64.add (i64.rotl (global.get $v3) (i64.const 12)) (i64.rotl (global.get $v4) (i64.const 18)))))
    (local.set $hash (call $merge (local.get $hash) (global.get $v1)))
    (local.set $hash (call $merge (local.get $hash) (global.get $v2)))
    (local.set $hash (call $merge (local.get $hash) (global.get $v3)))
    (call $merge (local.get $hash) (global.get $v4)))

  ;; Takes in the last 0 to 31 bytes.
  (func $tail (param $hash i64) (param $at i32) (param $length i32) (result i64)
    (local $end i32)
    (local.set $end (i32.add (local.get $at) (local.get $length)))
    (block $done8
      (loop $next8
        (br_if $done8 (i32.gt_u (i32.add (local.get $at) (i32.const 8)) (local.get $end)))
        (local.set $hash (call $eight (local.get $hash) (i64.load (local.get $at))))
        (local.set $at (i32.add (local.get $at) (i32.const 8)))
        (br $next8)))
    (if (i32.le_u (i32.add (local.get $at) (i32.const 4)) (local.get $end))
      (then
        (local.set $hash
          (i64.add
            (i64.mul
              (i64.rotl
                (i64.xor
                  (local.get $hash)
                  (i64.mul (i64.load32_u (local.get $at)) (i64.const 0x9E3779B185EBCA87)))
                (i64.const 23))
              (i64.const 0xC2B2AE3D27D4EB4F))
            (i64.const 0x165667B19E3779F9)))
        (local.set $at (i32.add (local.get $at) (i32.const 4)))))
    (block $done1
      (loop $next1
        (br_if $done1 (i32.ge_u (local.get $at) (local.get $end)))
        (local.set $hash
          (i64.mul
            (i64.rotl
              (i64.xor
                (local.get $hash)
                (i64.mul (i64.load8_u (local.get $at)) (i64.const 0x27D4EB2F165667C5)))
              (i64.const 11))
            (i64.const 0x9E3779B185EBCA87)))
        (local.set $at (i32.add (local.get $at) (i32.const 1)))
        (br $next1)))
    (call $avalanche (local.get $hash)))

  ;; Ends a hash of at least 32 bytes: the bytes after the last stripe, and the length of all.
  (func (export "end") (param $at i32) (param $length i32) (param $total f64)
    (i64.store (i32.const 0)
      (call $tail
        (i64.add (call $merged) (i64.trunc_f64_u (local.get $total)))
        (local.get $at)
        (local.get $length))))

  (func $xxh64 (param $at i32) (param $length i32) (result i64)
    (local $whole i32)
    (if (i32.lt_u (local.get $length) (i32.const 32))
      (then
        (return
          (call $tail
            (i64.add (i64.const 0x27D4EB2F165667C5) (i64.extend_i32_u (local.get $length)))
            (local.get $at)
            (local.get $length)))))
    (local.set $whole (i32.and (local.get $length) (i32.const -32)))
    (call $begin)
    (call $stripes (local.get $at) (local.get $whole))
    (call $tail
      (i64.add (call $merged) (i64.extend_i32_u (local.get $length)))
      (i32.add (local.get $at) (local.get $whole))
      (i32.and (local.get $length) (i32.const 31))))

  (func (export "xxh64") (param $at i32) (param $length i32)
    (i64.store (i32.const 0) (call $xxh64 (local.get $at) (local.get $length))))

  ;; Chain of the approximate index: the hash of a block together with the hash before it. The last block may be short.
  (func (export "pairChain") (param $tokens i32) (param $count i32) (param $size i32) (param $blocks i32) (param $out i32)
    (local $hash i64) (local $block i64) (local $here i32)
    (local.set $hash (i64.load (i32.const 0)))
    (block $done
      (loop $next
        (br_if $done (i32.eqz (local.get $blocks)))
        (local.set $here
          (select (local.get $size) (local.get $count) (i32.lt_u (local.get $size) (local.get $count))))
        (local.set $block (call $xxh64 (local.get $tokens) (i32.shl (local.get $here) (i32.const 2))))
        (local.set $hash
          (call $avalanche
            (call $eight
              (call $eight (i64.const 0x27D4EB2F165667D5) (local.get $block))
              (local.get $hash))))
        (i64.store (local.get $out) (local.get $hash))
        (local.set $tokens (i32.add (local.get $tokens) (i32.shl (local.get $here) (i32.const 2))))
        (local.set $count (i32.sub (local.get $count) (local.get $here)))
        (local.set $blocks (i32.sub (local.get $blocks) (i32.const 1)))
        (local.set $out (i32.add (local.get $out) (i32.const 8)))
        (br $next)))
    (i64.store (i32.const 0) (local.get $hash)))

  ;; Chain "xxh64" of the precise index: one hash of the parent and the tokens. The parent is written in front of each block, over tokens
  ;; that are done with, so that the input is in one piece.
  (func (export "parentChain") (param $tokens i32) (param $size i32) (param $blocks i32) (param $out i32)
    (local $hash i64) (local $bytes i32)
    (local.set $bytes (i32.shl (local.get $size) (i32.const 2)))
    (local.set $hash (i64.load (i32.const 0)))
    (block $done
      (loop $next
        (br_if $done (i32.eqz (local.get $blocks)))
        (i64.store (i32.sub (local.get $tokens) (i32.const 8)) (local.get $hash))
        (local.set $hash
          (call $xxh64
            (i32.sub (local.get $tokens) (i32.const 8))
            (i32.add (local.get $bytes) (i32.const 8))))
        (i64.store (local.get $out) (local.get $hash))
        (local.set $tokens (i32.add (local.get $tokens) (local.get $bytes)))
        (local.set $blocks (i32.sub (local.get $blocks) (i32.const 1)))
        (local.set $out (i32.add (local.get $out) (i32.const 8)))
        (br $next)))
    (i64.store (i32.const 0) (local.get $hash)))

  ;; One byte into an FNV-1a hash.
  (func $byte (param $hash i64) (param $value i64) (result i64)
    (i64.mul (i64.xor (local.get $hash) (local.get $value)) (i64.const 0x100000001B3)))

  ;; The byte of $value at bit $shift into an FNV-1a hash.
  (func $part (param $hash i64) (param $value i64) (param $shift i64) (result i64)
    (call $byte
      (local.get $hash)
      (i64.and (i64.shr_u (local.get $value) (local.get $shift)) (i64.const 0xFF))))

  (func $bytes (param $hash i64) (param $at i32) (param $length i32) (result i64)
    (local $end i32)
    (local.set $end (i32.add (local.get $at) (local.get $length)))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $at) (local.get $end)))
        (local.set $hash (call $byte (local.get $hash) (i64.load8_u (local.get $at))))
        (local.set $at (i32.add (local.get $at) (i32.const 1)))
        (br $next)))
    (local.get $hash))

  (func (export "fnv1a") (param $at i32) (param $length i32)
    (i64.store (i32.const 0)
      (call $bytes (i64.const 0xCBF29CE484222325) (local.get $at) (local.get $length))))

  ;; A CBOR head in its shortest form: major type (in its place, bits 5 to 7) and number.
  (func $head (param $hash i64) (param $major i64) (param $value i64) (result i64)
    (if (i64.lt_u (local.get $value) (i64.const 24))
      (then (return (call $byte (local.get $hash) (i64.or (local.get $major) (local.get $value))))))
    (if (i64.lt_u (local.get $value) (i64.const 0x100))
      (then
        (return (call $byte
          (call $byte (local.get $hash) (i64.or (local.get $major) (i64.const 24)))
          (local.get $value)))))
    (if (i64.lt_u (local.get $value) (i64.const 0x10000))
      (then
        (local.set $hash (call $byte (local.get $hash) (i64.or (local.get $major) (i64.const 25))))
        (return (call $part
          (call $part (local.get $hash) (local.get $value) (i64.const 8))
          (local.get $value) (i64.const 0)))))
    (if (i64.lt_u (local.get $value) (i64.const 0x100000000))
      (then
        (if (i64.lt_u (local.get $value) (i64.const 0x1000000))
          (then
            ;; A zero byte changes nothing but the factor: the prime times itself.
            (local.set $hash
              (i64.mul
                (i64.xor (local.get $hash) (i64.or (local.get $major) (i64.const 26)))
                (i64.const 0x366000002E329))))
          (else
            (local.set $hash (call $byte (local.get $hash) (i64.or (local.get $major) (i64.const 26))))
            (local.set $hash (call $part (local.get $hash) (local.get $value) (i64.const 24)))))
        (local.set $hash (call $part (local.get $hash) (local.get $value) (i64.const 16)))
        (local.set $hash (call $part (local.get $hash) (local.get $value) (i64.const 8)))
        (return (call $part (local.get $hash) (local.get $value) (i64.const 0)))))
    (local.set $hash (call $byte (local.get $hash) (i64.or (local.get $major) (i64.const 27))))
    (local.set $hash (call $part (local.get $hash) (local.get $value) (i64.const 56)))
    (local.set $hash (call $part (local.get $hash) (local.get $value) (i64.const 48)))
    (local.set $hash (call $part (local.get $hash) (local.get $value) (i64.const 40)))
    (local.set $hash (call $part (local.get $hash) (local.get $value) (i64.const 32)))
    (local.set $hash (call $part (local.get $hash) (local.get $value) (i64.const 24)))
    (local.set $hash (call $part (local.get $hash) (local.get $value) (i64.const 16)))
    (local.set $hash (call $part (local.get $hash) (local.get $value) (i64.const 8)))
    (call $part (local.get $hash) (local.get $value) (i64.const 0)))

  ;; Chain "cbor-fnv" of the precise index: FNV-1a of [parent, [tokens], extra] in canonical CBOR. $size 0 stands for null instead of the
  ;; list; $extra is CBOR already, an empty one stands for null.
  (func (export "cborChain")
    (param $tokens i32) (param $size i32) (param $blocks i32) (param $extra i32) (param $extraLength i32) (param $out i32)
    (local $parent i64) (local $hash i64) (local $value i64) (local $end i32)
    (local.set $parent (i64.load (i32.const 0)))
    (block $done
      (loop $next
        (br_if $done (i32.eqz (local.get $blocks)))
        (local.set $hash (call $byte (i64.const 0xCBF29CE484222325) (i64.const 0x83)))
        (local.set $hash (call $head (local.get $hash) (i64.const 0) (local.get $parent)))
        (if (local.get $size)
          (then
            (local.set $hash
              (call $head (local.get $hash) (i64.const 0x80) (i64.extend_i32_u (local.get $size))))
            (local.set $end (i32.add (local.get $tokens) (i32.shl (local.get $size) (i32.const 2))))
            (loop $token
              (local.set $value (i64.load32_u (local.get $tokens)))
              (if (i64.ge_u (local.get $value) (i64.const 0x100))
                (then
                  ;; Two to four bytes of number, which most tokens are.
                  (if (i64.lt_u (local.get $value) (i64.const 0x10000))
                    (then
                      (local.set $hash
                        (i64.mul (i64.xor (local.get $hash) (i64.const 25)) (i64.const 0x100000001B3))))
                    (else
                      (if (i64.lt_u (local.get $value) (i64.const 0x1000000))
                        (then
                          (local.set $hash
                            (i64.mul (i64.xor (local.get $hash) (i64.const 26)) (i64.const 0x366000002E329))))
                        (else
                          (local.set $hash
                            (i64.mul
                              (i64.xor
                                (i64.mul (i64.xor (local.get $hash) (i64.const 26)) (i64.const 0x100000001B3))
                                (i64.shr_u (local.get $value) (i64.const 24)))
                              (i64.const 0x100000001B3)))))
                      (local.set $hash
                        (i64.mul
                          (i64.xor
                            (local.get $hash)
                            (i64.and (i64.shr_u (local.get $value) (i64.const 16)) (i64.const 0xFF)))
                          (i64.const 0x100000001B3)))))
                  (local.set $hash
                    (i64.mul
                      (i64.xor
                        (i64.mul
                          (i64.xor
                            (local.get $hash)
                            (i64.and (i64.shr_u (local.get $value) (i64.const 8)) (i64.const 0xFF)))
                          (i64.const 0x100000001B3))
                        (i64.and (local.get $value) (i64.const 0xFF)))
                      (i64.const 0x100000001B3))))
                (else (local.set $hash (call $head (local.get $hash) (i64.const 0) (local.get $value)))))
              (local.set $tokens (i32.add (local.get $tokens) (i32.const 4)))
              (br_if $token (i32.lt_u (local.get $tokens) (local.get $end)))))
          (else (local.set $hash (call $byte (local.get $hash) (i64.const 0xF6)))))
        (if (local.get $extraLength)
          (then (local.set $hash (call $bytes (local.get $hash) (local.get $extra) (local.get $extraLength))))
          (else (local.set $hash (call $byte (local.get $hash) (i64.const 0xF6)))))
        (i64.store (local.get $out) (local.get $hash))
        (local.set $parent (local.get $hash))
        (local.set $blocks (i32.sub (local.get $blocks) (i32.const 1)))
        (local.set $out (i32.add (local.get $out) (i32.const 8)))
        (br $next)))
    (i64.store (i32.const 0) (local.get $parent))))
