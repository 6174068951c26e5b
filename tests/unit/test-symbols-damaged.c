/* SPDX-License-Identifier: MIT */
/* Files that are damaged, or made to be: there is an answer, and soon.
 *
 *   test-symbols-damaged HOSTILE PROGRAM...    programs as in tests/symbols/witness.h
 *
 * The first one's debug information leads in circles.  Copies of the others are cut off and written over in many ways,
 * the same ones each time, and asked what their programs know.
 */
#undef NDEBUG
#include "tools/symbols/symbols.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { MAX_QUESTIONS = 64, N_DAMAGES = 400, LINE_SIZE = 4096, FOREVER = -1 };

struct question {
	uint64_t address; /* in the file */
	bool is_code;
	char name[64]; /* "ring", "maze" */
};

struct program {
	const char *path;
	struct question questions[MAX_QUESTIONS];
	size_t n;
	unsigned char *bytes;
	size_t size;
};

static uint32_t draw(void)
{
	static uint64_t state = 88172645463325252ull;

	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (uint32_t)(state >> 16);
}

/* ---- programs --------------------------------------------------------------------------------------------------- */

static void learn_question(struct program *program, const char *line, uint64_t bias)
{
	struct question *question = &program->questions[program->n];
	uint64_t first, second;

	assert(program->n < MAX_QUESTIONS);
	question->is_code = sscanf(line, "call|%" SCNx64 "|%63[^@;]", &first, question->name) == 2;
	if (question->is_code)
		question->address = first - bias;
	else if (sscanf(line, "%*[a-z]|%" SCNx64 "|%" SCNx64 "|%63[^|]", &first, &second, question->name) == 3)
		question->address = second - bias;
	else
		return;
	if (question->name[0] == '*') /* only the end of it is known */
		question->name[0] = '\0';
	program->n++;
}

static void learn(struct program *program, const char *path)
{
	FILE *facts = popen(path, "re"), *file = fopen(path, "re");
	char line[LINE_SIZE];
	uint64_t bias = 0;

	assert(facts && file);
	program->path = path;
	while (fgets(line, sizeof(line), facts))
		if (strncmp(line, "module|", 7) != 0)
			learn_question(program, line, bias);
		else if (!bias) /* the program itself comes first */
			bias = strtoull(line + 7, NULL, 16);
	assert(pclose(facts) == 0 && bias && program->n > 0);
	program->bytes = malloc(1 << 20);
	program->size = fread(program->bytes, 1, 1 << 20, file);
	assert(program->size > 0 && program->size < 1 << 20);
	fclose(file);
}

/* ---- asking ----------------------------------------------------------------------------------------------------- */

static bool begins_with(const char *text, const char *start)
{
	return text && strncmp(text, start, strlen(start)) == 0;
}

/* Whether the answer begins as it should.  All of it is read. */
static bool ask(struct symbols *symbols, const struct question *question)
{
	struct place place;
	bool is_right;
	size_t n;

	if (question->is_code) {
		const struct frame *frames = symbols_frames(symbols, question->address, 0, true, &n);

		assert(n > 0);
		for (size_t i = 0; i < n; i++)
			assert(snprintf(NULL, 0, "%s%s", frames[i].function, frames[i].file) >= 0);
		return begins_with(frames[0].function, question->name);
	}
	assert(symbols_place(symbols, question->address, 0, &place));
	assert(snprintf(NULL, 0, "%s%s", place.class_name, place.file) >= 0);
	is_right = begins_with(place.name, question->name);
	place_deinit(&place);
	return is_right;
}

static size_t count_right(const struct program *program, const char *path)
{
	struct symbols *symbols = symbols_new(NULL);
	size_t n = 0;

	symbols_add_module(symbols, path, 0, 0, UINT64_MAX, 0, FOREVER, NULL, 0);
	for (size_t i = 0; i < program->n; i++)
		n += ask(symbols, &program->questions[i]);
	symbols_free(symbols);
	return n;
}

/* ---- damage ----------------------------------------------------------------------------------------------------- */

static void damage(unsigned char *bytes, size_t size)
{
	size_t at = draw() % (size - 16);

	switch (draw() % 4) {
	case 0:
		bytes[at] ^= 1u << draw() % 8;
		break;
	case 1:
		bytes[at] = (unsigned char)draw();
		break;
	case 2:
		memset(bytes + at, 0xff, 4);
		break;
	default:
		memmove(bytes + at, bytes + draw() % (size - 16), 16);
	}
}

static void test_damages(const struct program *program)
{
	unsigned char *copy = malloc(program->size);
	int fd = memfd_create("damaged", MFD_CLOEXEC);
	size_t n_right = 0;
	char path[64];

	assert(copy && fd >= 0);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	for (int i = 0; i < N_DAMAGES; i++) {
		size_t size = i % 8 ? program->size : draw() % program->size;

		memcpy(copy, program->bytes, program->size);
		for (uint32_t k = i % 8 ? 1 + draw() % 40 : 0; k > 0; k--)
			damage(copy, program->size);
		assert(ftruncate(fd, 0) == 0 && pwrite(fd, copy, size, 0) == (ssize_t)size);
		n_right += count_right(program, path);
	}
	close(fd);
	free(copy);
	printf("%s: %zu of %zu answers right\n", program->path, n_right, N_DAMAGES * program->n);
	/* If nothing had been damaged, or everything, this would have tested nothing. */
	assert(n_right > N_DAMAGES && n_right < N_DAMAGES * program->n);
}

int main(int argc, char **argv)
{
	static struct program program;

	assert(argc > 2);
	learn(&program, argv[1]);
	assert(count_right(&program, argv[1]) == program.n);
	free(program.bytes);
	for (int i = 2; i < argc; i++) {
		program.n = 0;
		learn(&program, argv[i]);
		assert(count_right(&program, argv[i]) == program.n);
		test_damages(&program);
		free(program.bytes);
	}
	return EXIT_SUCCESS;
}
