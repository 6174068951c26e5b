/* SPDX-License-Identifier: MIT */
/* A page of lines on a whole terminal, by ncurses. */
#include "screen.h"

#include "../session/complain.h"

#include <curses.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <term.h>
#include <unistd.h>

int screen_open(void)
{
	if (setupterm(NULL, STDOUT_FILENO, &(int){0}) || !tigetstr("cup") || !newterm(NULL, stdout, stdin))
		return -1;
	cbreak();
	noecho();
	keypad(stdscr, TRUE);
	curs_set(0);
	return 0;
}

void screen_close(void)
{
	endwin();
}

bool screen_is_gone(void)
{
	struct pollfd terminal = {.fd = STDIN_FILENO};

	return poll(&terminal, 1, 0) == 1;
}

void screen_begin(struct screen *screen)
{
	*screen = (struct screen){.page = page_for(stdout)};
	screen->page.has_color = false;
	screen->page.width = (unsigned)COLS;
	screen->page.out = open_memstream(&screen->text, &screen->size);
	if (!screen->page.out)
		_exit(EXIT_SNAG_FAILED);
}

static uint32_t count_lines(const struct screen *screen)
{
	uint32_t n = 0;

	fflush(screen->page.out);
	for (size_t i = 0; i < screen->size; i++)
		n += screen->text[i] == '\n';
	return n;
}

uint32_t screen_room(const struct screen *screen)
{
	uint32_t n = count_lines(screen) + 1; /* the line about keys */

	return n < (uint32_t)LINES ? (uint32_t)LINES - n : 0;
}

void screen_mark(struct screen *screen)
{
	screen->marked = count_lines(screen) + 1;
}

void screen_end(struct screen *screen, const char *keys)
{
	uint32_t line = 0;

	if (fclose(screen->page.out))
		_exit(EXIT_SNAG_FAILED);
	erase();
	for (char *at = screen->text, *end; line + 1 < (uint32_t)LINES && (end = strchr(at, '\n')); at = end + 1) {
		*end = '\0';
		if (++line == screen->marked)
			attron(A_REVERSE);
		if (line == 1)
			attron(A_BOLD);
		mvaddnstr((int)line - 1, 0, at, -1);
		attrset(A_NORMAL);
	}
	mvaddnstr(LINES - 1, 0, keys, COLS - 1);
	refresh();
	free(screen->text);
}
