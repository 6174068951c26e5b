/* SPDX-License-Identifier: MIT */
/* Address -> function, file, line and lock name, by libdwfl.
 *
 * One `symbols` serves one process image (one model).  Modules are opened when an address in them is first asked for, so
 * only what is printed costs.  Everything answers, with less, when there is no debug information, no symbol table, no file
 * any more, or a file with another build id (which is then not believed).
 */
#ifndef SNAG_SYMBOLS_H
#define SNAG_SYMBOLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct symbols;

/* Strings live as long as the symbols; NULL is "unknown". */
struct frame {
	const char *function;		/* demangled, without parameters for C++ templates kept readable */
	const char *file;		/* as the compiler was given it */
	uint32_t line;			/* 0 unknown */
	const char *module;		/* base name of the ELF file */
	const char *module_path;
	uint64_t offset;		/* of the pc in the module (pc - bias) */
	bool is_inlined;		/* inlined into the frame that follows */
};

/* What a data address is, as a person would say it. */
struct place {
	char *name;			/* "accounts[3].lock"; "table+0x58" without debug information; NULL unknown */
	const char *class_name;		/* type and member, "struct account::lock", when known; else NULL */
	const char *file;		/* where the variable is declared */
	uint32_t line;
	const char *module;
	uint64_t offset;
};

/* debug_path: extra folders searched for separate debug files, colon separated, or NULL. */
struct symbols *symbols_new(const char *debug_path);
void symbols_free(struct symbols *symbols);

/* Tells where an ELF file was loaded.  build_id may be empty.  Two modules that lay at the same addresses at different
 * times are told apart by `epoch` and `gone_epoch` (see struct module). */
void symbols_add_module(struct symbols *symbols, const char *path, uint64_t bias, uint64_t start, uint64_t end,
			uint32_t epoch, uint32_t gone_epoch, const unsigned char *build_id, size_t build_id_size);

/* The frames at a pc, innermost inlined one first; at least one, the pointer stays valid as long as the symbols.
 * is_return: the pc is a return address, so the line is that of the call before it. */
const struct frame *symbols_frames(struct symbols *symbols, uint64_t pc, uint32_t epoch, bool is_return, size_t *ret_n);

/* Names a variable (member path included) that covers a data address of a module.  false: no module covers it. */
bool symbols_place(struct symbols *symbols, uint64_t address, uint32_t epoch, struct place *ret_place);
void place_deinit(struct place *place);

#endif
