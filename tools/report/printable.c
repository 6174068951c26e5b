/* SPDX-License-Identifier: MIT */
/* Text that comes from outside, made safe to show. */
#include "printable.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Decodes one character; returns its length in bytes, or 0 when there is no well-formed one.  Over-long forms,
 * surrogates and what lies above U+10FFFF are not well-formed. */
static size_t utf8_decode(const unsigned char *s, uint32_t *ret_code)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	size_t n = s[0] < 0x80 ? 1 : s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : 2;
	uint32_t code = n == 1 ? s[0] : s[0] & (0x7f >> n);

	if (s[0] >= 0xf8 || (s[0] >= 0x80 && s[0] < 0xc0))
		return 0;
	for (size_t i = 1; i < n; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (s[i] & 0x3f);
	}
	if (code < least[n] || code > 0x10ffff || (code >= 0xd800 && code < 0xe000))
		return 0;
	*ret_code = code;
	return n;
}

/* Controls (C0, DEL, C1), line separators, and the marks that change the direction of text. */
static bool is_control(uint32_t code)
{
	return code < 0x20 || (code >= 0x7f && code < 0xa0) || code == 0x61c || code == 0x200e || code == 0x200f ||
	       (code >= 0x2028 && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069) || code == 0xfeff;
}

static bool stays(uint32_t code, enum printable_form form)
{
	switch (form) {
	case PRINTABLE_ASCII:
		return code >= 0x20 && code < 0x7f;
	case PRINTABLE_UTF8:
		return !is_control(code);
	case PRINTABLE_DATA:
		return true;
	}
	return false;
}

void printable_write(FILE *out, const char *text, enum printable_form form)
{
	const unsigned char *s = (const unsigned char *)(text ? text : "");

	while (*s) {
		uint32_t code = 0;
		size_t n = utf8_decode(s, &code);

		if (n && stays(code, form)) {
			fwrite(s, 1, n, out);
			s += n;
			continue;
		}
		for (size_t i = 0; i < (n ? n : 1); i++)
			fprintf(out, "\\x%02x", *s++);
	}
}

char *printable(const char *text, enum printable_form form)
{
	char *safe = NULL;
	size_t size;
	FILE *out = open_memstream(&safe, &size);

	assert(out);
	printable_write(out, text, form);
	fclose(out);
	assert(safe);
	return safe;
}
