/* SPDX-License-Identifier: MIT */
/* A page of lines on a whole terminal, by ncurses. */
#ifndef SNAG_SCREEN_H
#define SNAG_SCREEN_H

#include "../report/page.h"

#include <stdbool.h>
#include <stdint.h>

struct screen {
	struct page page;
	char *text;
	size_t size;
	uint32_t marked; /* the line to stand out, counted from 1; 0 none */
};

/* Takes the terminal over, and gives it back.  -1: it is of a kind that is not known. */
int screen_open(void);
void screen_close(void);

/* Whether the terminal is closed, so that no key will come any more; for who does not end by SIGHUP. */
bool screen_is_gone(void);

/* A page is written line by line, and shown when it is ended, with a last line about keys. */
void screen_begin(struct screen *screen);
void screen_end(struct screen *screen, const char *keys);

static inline const struct page *screen_page(const struct screen *screen)
{
	return &screen->page;
}

/* How many lines there is still room for. */
uint32_t screen_room(const struct screen *screen);

/* The next line is to stand out. */
void screen_mark(struct screen *screen);

#endif
