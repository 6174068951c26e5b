/* SPDX-License-Identifier: MIT */
/* Debug information that leads in circles, as a damaged file may by chance.  All of it can be read; what follows every
 * reference never comes to an end.
 *
 *   ring      its type is a typedef of a typedef of itself
 *   doll      a structure that holds itself
 *   tree      a union of two unions of two unions ..., 48 deep: all ways down are 2^48
 *   origin    a variable that is specified by itself
 *   maze      a function of blocks that each have the first block in them as next sibling, 48 deep
 */
	.set DEPTH, 48

	.macro object name
	.globl \name
	.type \name, @object
	.size \name, 64
\name:	.zero 64
	.endm

	.data
	object ring
	object doll
	object tree
	object origin

	.text
	.globl maze
	.type maze, @function
maze:
	sub $8, %rsp
	call *%rdi
	add $8, %rsp
	ret
.Lmaze_end:
	.size maze, . - maze

/* ---- the forms of the entries: number, tag, has children, attributes */

	.macro abbrev number, tag, children, attributes:vararg
	.uleb128 \number, \tag
	.byte \children
	.uleb128 \attributes, 0, 0
	.endm

	.section .debug_abbrev, "", @progbits
.Labbrev:
	abbrev 1, 0x11, 1, 0x03, 0x08, 0x13, 0x0b, 0x11, 0x01, 0x12, 0x06	/* unit: name language low_pc high_pc */
	abbrev 2, 0x34, 0, 0x03, 0x08, 0x49, 0x13, 0x02, 0x18			/* variable: name type location */
	abbrev 3, 0x16, 0, 0x03, 0x08, 0x49, 0x13				/* typedef: name type */
	abbrev 4, 0x13, 1, 0x03, 0x08, 0x0b, 0x0b				/* structure: name size */
	abbrev 5, 0x0d, 0, 0x03, 0x08, 0x49, 0x13, 0x38, 0x0b			/* member: name type offset */
	abbrev 6, 0x17, 1, 0x0b, 0x0b						/* union: size */
	abbrev 7, 0x34, 0, 0x47, 0x13, 0x02, 0x18				/* variable: specification location */
	abbrev 8, 0x2e, 1, 0x03, 0x08, 0x11, 0x01, 0x12, 0x06			/* function: name low_pc high_pc */
	abbrev 9, 0x0b, 1, 0x01, 0x13, 0x11, 0x01, 0x12, 0x06			/* block: sibling low_pc high_pc */
	.byte 0

/* ---- the entries */

	.macro location symbol
	.uleb128 9
	.byte 3				/* DW_OP_addr */
	.quad \symbol
	.endm

	.macro variable name, type
	.uleb128 2
	.asciz "\name"
	.long \type - .Lunit
	location \name
	.endm

	.macro member name, type
	.uleb128 5
	.asciz "\name"
	.long \type - .Lunit
	.byte 0
	.endm

	.section .debug_info, "", @progbits
.Lunit:
	.long .Lunit_end - .Lunit - 4
	.value 4			/* DWARF 4 */
	.long .Labbrev
	.byte 8
	.uleb128 1
	.asciz "hostile.S"
	.byte 0x0c			/* C99 */
	.quad maze
	.long .Lmaze_end - maze

	variable ring, .Lring
.Lring:	.uleb128 3
	.asciz "ring_t"
	.long .Lring2 - .Lunit
.Lring2: .uleb128 3
	.asciz "ring2_t"
	.long .Lring - .Lunit

	variable doll, .Ldoll
.Ldoll:	.uleb128 4
	.asciz "doll"
	.byte 64
	member doll, .Ldoll
	.byte 0

	variable tree, .Ltree0
	.altmacro
	.macro union_of_two here, next
.Ltree\here: .uleb128 6
	.byte 64
	member left, .Ltree\next
	member right, .Ltree\next
	.byte 0
	.endm
	.set i, 0
	.rept DEPTH
	union_of_two %i, %(i + 1)
	.set i, i + 1
	.endr
	.macro last_union here
.Ltree\here: .uleb128 6
	.byte 64
	.byte 0
	.endm
	last_union %i

.Lorigin: .uleb128 7
	.long .Lorigin - .Lunit
	location origin

	.uleb128 8
	.asciz "maze"
	.quad maze
	.long .Lmaze_end - maze
	.macro block here, next
.Lblock\here: .uleb128 9
	.long .Lblock\next - .Lunit
	.quad maze
	.long .Lmaze_end - maze
	.endm
	.set i, 0
	.rept DEPTH
	block %i, %(i + 1)
	.set i, i + 1
	.endr
	.macro last_block here
.Lblock\here: .byte 0
	.endm
	last_block %i
	.rept DEPTH
	.byte 0
	.endr
	.byte 0
.Lunit_end:

	.section .note.GNU-stack, "", @progbits
