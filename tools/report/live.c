/* SPDX-License-Identifier: MIT */
/* What every thread does now: waits for what, held by whom, since when. */
#include "report.h"

#include "words.h"

#include <inttypes.h>

static struct finding_lock wanted_lock(const struct model *model, const struct live_thread *thread)
{
	return (struct finding_lock){model, thread->wait.object, thread->want_address, thread->wait.kind};
}

static struct finding_lock held_lock(const struct model *model, const struct live_thread *thread, uint32_t i)
{
	uint32_t object = thread->wait.held[i].object;

	return (struct finding_lock){model, object, thread->held_addresses[i],
				     object ? model->objects[object].kind : OBJECT_NONE};
}

/* ", held by thread 3 (taken at bank.c:41)"; "" when nobody holds it, or nobody knows who. */
static const char *tell_owner(struct names *names, const struct model *model, const struct live_thread *waiter)
{
	for (uint32_t i = 0; i < model->n_live; i++)
		for (uint32_t k = 0; k < model->live[i].wait.n_held; k++)
			if (model->live[i].held_addresses[k] == waiter->want_address)
				return pool_printf(names_pool(names), ", held by %s%s (taken %s)",
						   names_thread(names, model, model->live[i].wait.thread),
						   model->live[i].is_ended ? ", which has ended" : "",
						   names_where(names, model, model->live[i].wait.held[k].stack));
	return "";
}

static void print_wait(struct names *names, const struct page *page, const struct model *model,
		       const struct live_thread *thread, uint64_t now_ns)
{
	struct finding_lock lock = wanted_lock(model, thread);
	uint64_t since_ns = thread->wait.since_ns;
	double waited_s = since_ns && since_ns < now_ns ? (double)(now_ns - since_ns) / 1e9 : 0;

	page_print(page, 4, 6, "waits for " LOCK("%s") " %s, for %.1f s%s%s", names_lock_phrase(names, &lock),
		   names_where(names, model, thread->wait.stack), waited_s,
		   thread->wait.flags & DEP_TIMED ? " (a wait that ends by itself)" : "",
		   thread->wait.kind == OBJECT_THREAD ? "" : tell_owner(names, model, thread));
}

static void print_thread(struct names *names, const struct page *page, const struct model *model,
			 const struct live_thread *thread, uint64_t now_ns)
{
	const char *name = names_thread_with_origin(names, model, thread->wait.thread);

	page_print(page, 2, 4, STRONG("%s") "%s", capitalised(names, name), thread->is_ended ? ": has ended" : "");
	if (thread->is_waiting)
		print_wait(names, page, model, thread, now_ns);
	else if (!thread->is_ended)
		page_print(page, 4, 6, "runs, or waits for something that is not seen");
	for (uint32_t i = 0; i < thread->wait.n_held; i++) {
		struct finding_lock lock = held_lock(model, thread, i);

		page_print(page, 4, 6, "holds " LOCK("%s") ", taken %s", names_lock_phrase(names, &lock),
			   names_where(names, model, thread->wait.held[i].stack));
	}
}

void report_live(const struct report *report, const struct page *page, uint64_t now_ns)
{
	const struct session *session = report->session;

	for (uint32_t i = 0; i < session->n_models; i++) {
		const struct model *model = session->models[i];

		for (uint32_t k = 0; k < model->n_live; k++)
			print_thread(report->names, page, model, &model->live[k], now_ns);
	}
	page_blank(page);
}
