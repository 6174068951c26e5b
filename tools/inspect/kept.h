/* SPDX-License-Identifier: MIT */
/* What was seen of processes that hung, kept in the session folder: their traces alone do not say what the kernel knew. */
#ifndef SNAG_KEPT_H
#define SNAG_KEPT_H

#include "../trace/model.h"

#define KEPT_NAME "hung.json"

/* Writes what was seen of these processes to hung.json of the folder in which their traces are. -1 and errno. */
int kept_write(const char *folder, struct model *const models[], uint32_t n);

/* Brings what hung.json of the folder says, if it is there, together with the traces of the session. What makes no sense in
 * it is left out. */
void kept_read(struct session *session, const char *folder);

#endif
