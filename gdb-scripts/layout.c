/* SPDX-License-Identifier: MIT */
/* Prints snag_gdb/layout.py: where the fields of the trace file lie, as the compiler sees them in its header; and
 * in switches.h.
 *
 * The GDB scripts unpack these structs out of a process's memory.  They name the fields they read here, once; where a
 * field is and how wide it is comes from the header, so that the two cannot drift apart.
 */
#include "libtrace/switches.h"
#include "libtrace/trace_format.h"

#include <stddef.h>
#include <stdio.h>

#define NUMBER(name) printf(#name " = %lld\n", (long long)(name))
#define FIELD(type, field)                                                                                             \
	printf("    (\"" #field "\", %zu, %zu),\n", offsetof(struct type, field), sizeof(((struct type *)0)->field))
#define STRUCT_BEGIN(NAME, type) printf("\n" #NAME " = (\"" #type "\", %zu, (\n", sizeof(struct type))
#define STRUCT_END()		 printf("))\n")

static void print_file_numbers(void)
{
	printf("TRACE_MAGIC = b\"%s\"\n", TRACE_MAGIC);
	printf("TRACE_SUFFIX = \"%s\"\n", TRACE_SUFFIX);
	NUMBER(TRACE_VERSION);
	NUMBER(TRACE_HEADER_SIZE);
	NUMBER(TRACE_CHUNK_SIZE);
	NUMBER(TRACE_MAX_LIVE_CHUNKS);
	NUMBER(TRACE_MAX_FRAMES);
	NUMBER(TRACE_SLOT_SIZE);
	NUMBER(TRACE_SLOTS_PER_CHUNK);
	NUMBER(TRACE_CLOSED);
	NUMBER(TRACE_FILE_LOCK_OF_PROCESS);
	NUMBER(CHUNK_RECORDS);
	NUMBER(RECORD_MODULE);
	NUMBER(RECORD_MODULE_GONE);
	NUMBER(RECORD_STACK);
	NUMBER(RECORD_OBJECT);
	NUMBER(RECORD_FILE);
	NUMBER(RECORD_LOCK_NAME);
	NUMBER(RECORD_DEP);
	NUMBER(OP_ACQUIRE);
	NUMBER(OP_WAIT);
	NUMBER(OP_SIGNAL);
	NUMBER(CHUNK_FULL);
	NUMBER(FULL_NONE);
	NUMBER(FULL_OWNER);
	NUMBER(FULL_ACQUIRE);
	NUMBER(FULL_RELEASE);
	NUMBER(FULL_SIGNAL);
	NUMBER(FULL_WOKEN);
	NUMBER(FULL_END);
	NUMBER(FULL_RELEASE_NEWEST);
	NUMBER(FULL_TIME);
	NUMBER(FULL_WHOLE);
	NUMBER(FULL_FIRST);
	NUMBER(FULL_AGAIN);
	NUMBER(FULL_NESTED);
	NUMBER(FULL_MODE_SHIFT);
	NUMBER(FULL_FORM_SHIFT);
	NUMBER(FULL_ENTRY_SHIFT);
	NUMBER(FULL_STEP_SHIFT);
	NUMBER(FULL_ENTRIES);
	NUMBER(FULL_ENTRY_BITS);
}

static void print_live_numbers(void)
{
	NUMBER(SLOT_ALIVE);
	NUMBER(SLOT_ENDED);
	NUMBER(MODE_WRITE);
	NUMBER(MODE_READ);
	NUMBER(MODE_TOKEN);
	NUMBER(MODE_MASK);
	NUMBER(DEP_TIMED);
	NUMBER(DEP_BEHIND_WRITERS);
	NUMBER(TRACE_NAME_SIZE);
	NUMBER(TRACE_FULL);
	NUMBER(TRACE_MAX_STOPS);
	NUMBER(STOP_ACQUIRED);
	NUMBER(STOP_RELEASING);
	NUMBER(STOP_WAITING);
	NUMBER(OBJECT_NONE);
	NUMBER(OBJECT_MUTEX);
	NUMBER(OBJECT_RWLOCK);
	NUMBER(OBJECT_SPIN);
	NUMBER(OBJECT_COND);
	NUMBER(OBJECT_BARRIER);
	NUMBER(OBJECT_SEM);
	NUMBER(OBJECT_ONCE);
	NUMBER(OBJECT_THREAD);
	NUMBER(OBJECT_FILE_LOCK);
	NUMBER(OBJECT_FUTEX);
	NUMBER(OBJECT_GUARD);
	NUMBER(OBJECT_STREAM);
	NUMBER(OBJECT_LOADER);
	NUMBER(OBJECT_VARIABLE);
	NUMBER(OP_ACCESS);
}

static void print_header(void)
{
	STRUCT_BEGIN(TRACE_HEADER, trace_header);
	FIELD(trace_header, version);
	FIELD(trace_header, byte_order);
	FIELD(trace_header, header_size);
	FIELD(trace_header, chunk_size);
	FIELD(trace_header, slot_size);
	FIELD(trace_header, pid);
	FIELD(trace_header, start_realtime_ns);
	FIELD(trace_header, start_monotonic_ns);
	FIELD(trace_header, mode);
	FIELD(trace_header, n_chunks);
	FIELD(trace_header, n_live_chunks);
	FIELD(trace_header, live_chunk);
	STRUCT_END();

	STRUCT_BEGIN(CHUNK_HEADER, chunk_header);
	FIELD(chunk_header, kind);
	FIELD(chunk_header, committed);
	STRUCT_END();
}

static void print_live_table(void)
{
	STRUCT_BEGIN(LIVE_SLOT, live_slot);
	FIELD(live_slot, state);
	FIELD(live_slot, thread);
	FIELD(live_slot, tid);
	FIELD(live_slot, epoch);
	FIELD(live_slot, want_address);
	FIELD(live_slot, want_kind);
	FIELD(live_slot, want_mode);
	FIELD(live_slot, want_flags);
	FIELD(live_slot, want_stack);
	FIELD(live_slot, want_since_ns);
	FIELD(live_slot, n_holds);
	FIELD(live_slot, holds_capacity);
	FIELD(live_slot, holds_offset);
	FIELD(live_slot, name);
	FIELD(live_slot, start_routine);
	FIELD(live_slot, create_stack);
	FIELD(live_slot, shim_lock);
	STRUCT_END();

	STRUCT_BEGIN(LIVE_HOLD, live_hold);
	FIELD(live_hold, address);
	FIELD(live_hold, stack);
	FIELD(live_hold, kind);
	FIELD(live_hold, mode);
	STRUCT_END();
}

static void print_records(void)
{
	STRUCT_BEGIN(RECORD_HEADER, record_header);
	FIELD(record_header, type);
	FIELD(record_header, units);
	FIELD(record_header, thread);
	STRUCT_END();

	STRUCT_BEGIN(MODULE, record_module);
	FIELD(record_module, id);
	FIELD(record_module, epoch);
	FIELD(record_module, bias);
	FIELD(record_module, start);
	FIELD(record_module, end);
	FIELD(record_module, build_id_size);
	FIELD(record_module, path_size);
	STRUCT_END();

	STRUCT_BEGIN(MODULE_GONE, record_module_gone);
	FIELD(record_module_gone, id);
	FIELD(record_module_gone, epoch);
	STRUCT_END();

	STRUCT_BEGIN(STACK, record_stack);
	FIELD(record_stack, id);
	FIELD(record_stack, epoch);
	FIELD(record_stack, n);
	FIELD(record_stack, is_cut);
	STRUCT_END();

	STRUCT_BEGIN(OBJECT, record_object);
	FIELD(record_object, id);
	FIELD(record_object, kind);
	FIELD(record_object, generation);
	FIELD(record_object, address);
	FIELD(record_object, create_stack);
	FIELD(record_object, first_stack);
	STRUCT_END();
}

static void print_switches(void)
{
	STRUCT_BEGIN(TRACE_STOP, trace_stop);
	FIELD(trace_stop, start);
	FIELD(trace_stop, end);
	FIELD(trace_stop, operations);
	FIELD(trace_stop, tid);
	FIELD(trace_stop, thread);
	STRUCT_END();

	STRUCT_BEGIN(TRACE_SWITCHES, trace_switches);
	FIELD(trace_switches, plain_kind);
	FIELD(trace_switches, n_stops);
	FIELD(trace_switches, stop);
	STRUCT_END();
}

static void print_lock_names(void)
{
	STRUCT_BEGIN(FILE, record_file);
	FIELD(record_file, object);
	FIELD(record_file, path_size);
	FIELD(record_file, offset);
	FIELD(record_file, size);
	STRUCT_END();

	STRUCT_BEGIN(LOCK_NAME, record_lock_name);
	FIELD(record_lock_name, address);
	FIELD(record_lock_name, generation);
	FIELD(record_lock_name, name_size);
	STRUCT_END();
}

static void print_dependencies(void)
{
	STRUCT_BEGIN(DEP, record_dep);
	FIELD(record_dep, object);
	FIELD(record_dep, stack);
	FIELD(record_dep, op);
	FIELD(record_dep, mode);
	FIELD(record_dep, n_held);
	STRUCT_END();

	STRUCT_BEGIN(FULL_RECORD, full_record);
	printf("    (\"head\", 0, %zu),\n", sizeof(uint32_t)); /* bit fields */
	FIELD(full_record, object);
	FIELD(full_record, stack);
	FIELD(full_record, sequence);
	STRUCT_END();

	STRUCT_BEGIN(HELD, record_held);
	FIELD(record_held, object);
	FIELD(record_held, stack);
	FIELD(record_held, mode);
	STRUCT_END();
}

int main(void)
{
	printf("# Generated by layout.c from libtrace/trace_format.h.\n");
	printf("\"\"\"Offsets, sizes and values of the trace file: (struct, size, (field, offset, "
	       "size)...).\"\"\"\n\n");
	print_file_numbers();
	print_live_numbers();
	print_header();
	print_live_table();
	print_records();
	print_lock_names();
	print_dependencies();
	print_switches();
	return 0;
}
