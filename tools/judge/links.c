/* SPDX-License-Identifier: MIT */
/* Builds the lock-order graph, finds its knots, and makes links of the dependencies inside them. */
#include "links.h"
#include "modes.h"
#include "order.h"
#include "rank.h"

#include <stdlib.h>

/* An instance before it has found its place. */
struct filed {
	uint32_t link;
	struct instance instance;
};

struct building {
	struct links *links;
	const struct evidence *evidence;
	uint32_t *component;		/* by lock */
	struct table known;		/* hash of a link -> its number + 1 */
	uint32_t capacity;
	struct filed *filed;
	uint32_t n_filed, filed_capacity;
};

typedef void edge_fn(struct digraph *graph, uint32_t from, uint32_t to);

static void count_edge(struct digraph *graph, uint32_t from, uint32_t to)
{
	digraph_count(graph, from);
}

static uint32_t own_end(const struct evidence *evidence, uint32_t m, const struct dep *dep)
{
	return evidence->end_of[evidence->first_thread[m] + dep->thread];
}

static bool is_alone(const struct evidence *evidence, uint32_t lock)
{
	return evidence->is_alone && evidence->is_alone[lock];
}

static void edges_of_dep(const struct evidence *evidence, uint32_t m, const struct dep *dep, struct digraph *graph,
			 edge_fn *edge)
{
	uint32_t want = evidence_lock(evidence, m, dep->object), end = own_end(evidence, m, dep);

	if (is_alone(evidence, want))
		return;
	for (uint32_t i = 0; i < dep->n_held; i++) {
		uint32_t held = evidence_held(evidence, m, dep->held[i].object);

		if (held != want && !is_alone(evidence, held))
			edge(graph, held, want);
	}
	if (end && end != want)
		edge(graph, end, want);
}

static void each_edge(const struct evidence *evidence, struct digraph *graph, edge_fn *edge)
{
	for (uint32_t m = 0; m < evidence->session->n_models; m++) {
		const struct model *model = evidence->session->models[m];

		for (uint32_t i = 0; i < model->n_deps; i++)
			if (dep_is_blocking(model, &model->deps[i]))
				edges_of_dep(evidence, m, &model->deps[i], graph, edge);
	}
}

static void find_components(struct building *building)
{
	const struct evidence *evidence = building->evidence;
	struct digraph graph;

	digraph_init(&graph, evidence->n_locks);
	each_edge(evidence, &graph, count_edge);
	digraph_lay_out(&graph);
	each_edge(evidence, &graph, digraph_add);
	building->component = zeroed_array(evidence->n_locks, sizeof(*building->component));
	building->links->n_components = digraph_components(&graph, building->component);
	digraph_deinit(&graph);
}

/* The component in which a dependency is an edge, or 0. */
static uint32_t component_of_dep(const struct building *building, uint32_t m, const struct dep *dep)
{
	const struct evidence *evidence = building->evidence;
	const uint32_t *of = building->component;
	uint32_t want = evidence_lock(evidence, m, dep->object);
	bool is_inside = of[own_end(evidence, m, dep)] == of[want];

	for (uint32_t i = 0; i < dep->n_held; i++) {
		uint32_t held = evidence_held(evidence, m, dep->held[i].object);

		if (held == want)
			return 0;	/* asked for again by its holder: not a matter of order */
		is_inside |= of[held] == of[want];
	}
	return is_inside ? of[want] : 0;
}

/* The place of a stack: as it is in its trace, or as it is in all of them. */
static uint64_t place_of(const struct building *building, uint32_t m, uint32_t stack)
{
	struct evidence *evidence = building->links->evidence;

	return evidence->same_as || evidence->shared_as ? evidence_site(evidence, m, stack) : stack;
}

static uint64_t hash_of_dep(const struct building *building, uint32_t m, const struct dep *dep, uint32_t end)
{
	const struct evidence *evidence = building->evidence;
	uint32_t flags = dep->flags & ~(uint32_t)DEP_MORE;
	uint64_t hash = mix(mix(end, evidence_lock(evidence, m, dep->object)), place_of(building, m, dep->stack));

	hash = mix(hash, dep->mode << 16 | flags);
	for (uint32_t i = 0; i < dep->n_held; i++) {
		hash = mix(hash, evidence_held(evidence, m, dep->held[i].object));
		hash = mix(mix(hash, place_of(building, m, dep->held[i].stack)), dep->held[i].mode);
	}
	return hash;
}

/* A read lock may be held more than once, or be upgraded: the strongest hold of it counts. */
static void add_hold(struct link *link, struct hold *holds, uint32_t lock, enum object_mode mode)
{
	uint32_t i = 0;

	while (i < link->n_holds && holds[i].lock != lock)
		i++;
	if (i == link->n_holds)
		holds[link->n_holds++] = (struct hold){lock, mode};
	else if (modes_conflict(mode, MODE_READ))
		holds[i].mode = mode;
}

static void copy_holds(const struct building *building, struct link *link, uint32_t end)
{
	const struct dep *dep = link->dep;
	struct hold *holds = pool_new_array(building->links->pool, struct hold, dep->n_held + 1);

	for (uint32_t i = 0; i < dep->n_held; i++) {
		uint32_t lock = evidence_held(building->evidence, link->model, dep->held[i].object);

		if (!is_alone(building->evidence, lock))
			add_hold(link, holds, lock, dep->held[i].mode);
	}
	if (end)
		add_hold(link, holds, end, MODE_TOKEN);
	link->holds = holds;
}

static uint32_t add_link(struct building *building, uint32_t m, const struct dep *dep, uint32_t component, uint32_t end)
{
	struct links *links = building->links;

	if (links->n == building->capacity) {
		building->capacity = building->capacity ? building->capacity * 2 : 64;
		links->at = grow_array(links->at, building->capacity, sizeof(*links->at));
	}
	links->at[links->n] = (struct link){
		.model = m,
		.dep = dep,
		.want = evidence_lock(building->evidence, m, dep->object),
		.want_mode = dep->mode,
		.component = component,
	};
	copy_holds(building, &links->at[links->n], end);
	return ++links->n;
}

static bool is_main(const struct model *model, uint32_t thread)
{
	return model->threads[thread].tid == model->pid;
}

/* Of merged runs the main threads are one, which is nobody's number otherwise. */
static uint32_t thread_of_dep(const struct evidence *evidence, uint32_t m, const struct dep *dep)
{
	bool is_any_main = evidence->same_as && is_main(evidence->session->models[m], dep->thread);

	return is_any_main ? 0 : evidence->first_thread[m] + dep->thread;
}

static void file_dep(struct building *building, uint32_t m, const struct dep *dep, uint32_t component)
{
	uint32_t end = own_end(building->evidence, m, dep), *number;
	struct link *link;

	if (building->component[end] != component)
		end = 0;
	number = table_at(&building->known, hash_of_dep(building, m, dep, end));
	if (!*number)
		*number = add_link(building, m, dep, component, end);
	link = &building->links->at[*number - 1];
	link->lacks_locks |= evidence_lacks_locks(building->links->evidence, m, dep);
	link->lacks_threads |= evidence_lacks_threads(building->links->evidence, m, dep);
	if (building->n_filed == building->filed_capacity) {
		building->filed_capacity = building->filed_capacity ? building->filed_capacity * 2 : 64;
		building->filed = grow_array(building->filed, building->filed_capacity, sizeof(*building->filed));
	}
	building->filed[building->n_filed++] = (struct filed){
		.link = *number - 1,
		.instance = {
			.thread = thread_of_dep(building->evidence, m, dep),
			.segment = dep->segment,
			.last = dep->flags & DEP_MORE ? LAST_SEGMENT : dep->segment,
			.model = m,
		},
	};
}

/* The segments of main up to this one come before any other thread: of those, nothing can meet what another run did. */
static uint32_t alone_until(const struct building *building, const struct model *model)
{
	uint32_t until = UINT32_MAX;

	for (uint32_t i = 0; building->evidence->same_as && i < model->n_threads; i++)
		if (model->threads[i].parent && is_main(model, model->threads[i].parent) &&
		    model->threads[i].parent_segment < until)
			until = model->threads[i].parent_segment;
	return until;
}

static void file_deps_of(struct building *building, uint32_t m)
{
	const struct model *model = building->evidence->session->models[m];
	uint32_t until = alone_until(building, model);

	for (uint32_t i = 0; i < model->n_deps; i++) {
		const struct dep *dep = &model->deps[i];
		bool is_alone = until < UINT32_MAX && dep->segment <= until && is_main(model, dep->thread);
		uint32_t component = 0;

		if (dep_is_blocking(model, dep) && !is_alone)
			component = component_of_dep(building, m, dep);
		if (component)
			file_dep(building, m, dep, component);
	}
}

static void file_deps(struct building *building)
{
	for (uint32_t m = 0; m < building->evidence->session->n_models; m++)
		file_deps_of(building, m);
}

/* An edge from each lock of a component to the links of the component that hold it, or to what those want. */
static void each_inner_hold(const struct building *building, bool is_to_links, struct digraph *graph, edge_fn *edge)
{
	const struct links *links = building->links;

	for (uint32_t i = 0; i < links->n; i++) {
		const struct link *link = &links->at[i];

		for (uint32_t h = 0; h < link->n_holds; h++)
			if (building->component[link->holds[h].lock] == link->component)
				edge(graph, link->holds[h].lock, is_to_links ? i : link->want);
	}
}

static void graph_of_holds(const struct building *building, bool is_to_links, struct digraph *ret_graph)
{
	digraph_init(ret_graph, building->evidence->n_locks);
	each_inner_hold(building, is_to_links, ret_graph, count_edge);
	digraph_lay_out(ret_graph);
	each_inner_hold(building, is_to_links, ret_graph, digraph_add);
}

static bool goes_back(const struct building *building, const struct link *link, const uint32_t *rank)
{
	for (uint32_t h = 0; h < link->n_holds; h++)
		if (building->component[link->holds[h].lock] == link->component &&
		    rank[link->holds[h].lock] > rank[link->want])
			return true;
	return false;
}

static void find_back_links(struct building *building)
{
	struct links *links = building->links;
	uint32_t *rank = zeroed_array(building->evidence->n_locks, sizeof(*rank));
	struct digraph graph;

	graph_of_holds(building, false, &graph);
	rank_vertices(&graph, rank);
	for (uint32_t i = 0; i < links->n; i++)
		links->at[i].is_back = goes_back(building, &links->at[i], rank);
	digraph_deinit(&graph);
	free(rank);
}

/* Moves a link to the next place of its component. */
static void place_link(struct links *links, struct link *sorted, uint32_t *place, uint32_t link)
{
	struct digraph *by_component = &links->by_component;
	uint32_t component = links->at[link].component;

	place[link] = (uint32_t)by_component->first[component + 1];
	digraph_add(by_component, component, place[link]);
	sorted[place[link]] = links->at[link];
}

/* Puts the links into order, and tells the filed instances where their links went. */
static void sort_links(struct building *building)
{
	struct links *links = building->links;
	struct link *sorted = zeroed_array(links->n, sizeof(*sorted));
	uint32_t *place = zeroed_array(links->n, sizeof(*place));

	digraph_init(&links->by_component, links->n_components + 1);
	for (uint32_t i = 0; i < links->n; i++)
		digraph_count(&links->by_component, links->at[i].component);
	digraph_lay_out(&links->by_component);
	for (uint32_t i = 0; i < links->n; i++)
		if (links->at[i].is_back)
			place_link(links, sorted, place, i);
	for (uint32_t i = 0; i < links->n; i++)
		if (!links->at[i].is_back)
			place_link(links, sorted, place, i);
	for (uint32_t i = 0; i < building->n_filed; i++)
		building->filed[i].link = place[building->filed[i].link];
	free(links->at);
	free(place);
	links->at = sorted;
	links->wants = zeroed_array(links->n, sizeof(*links->wants));
	for (uint32_t i = 0; i < links->n; i++)
		links->wants[i] = sorted[i].want;
}

static int compare_instances(const void *a, const void *b)
{
	const struct instance *x = a, *y = b;

	if (x->thread != y->thread)
		return x->thread < y->thread ? -1 : 1;
	if (x->model != y->model)
		return x->model < y->model ? -1 : 1;
	if (x->segment != y->segment)
		return x->segment < y->segment ? -1 : 1;
	return (x->last > y->last) - (x->last < y->last);
}

/* Sorts the instances of a link and leaves each in once. */
static void tidy_instances(struct link *link, struct instance *instances)
{
	uint32_t n = 0;

	qsort(instances, link->n_instances, sizeof(*instances), compare_instances);
	for (uint32_t i = 0; i < link->n_instances; i++)
		if (!n || compare_instances(&instances[n - 1], &instances[i]))
			instances[n++] = instances[i];
	link->n_instances = n;
}

static void hand_out_instances(struct building *building)
{
	struct links *links = building->links;
	uint32_t next = 0;

	links->instances = zeroed_array(building->n_filed, sizeof(*links->instances));
	for (uint32_t i = 0; i < building->n_filed; i++)
		links->at[building->filed[i].link].n_instances++;
	for (uint32_t i = 0; i < links->n; i++) {
		links->at[i].first_instance = next;
		next += links->at[i].n_instances;
		links->at[i].n_instances = 0;
	}
	for (uint32_t i = 0; i < building->n_filed; i++) {
		struct link *link = &links->at[building->filed[i].link];

		links->instances[link->first_instance + link->n_instances++] = building->filed[i].instance;
	}
	for (uint32_t i = 0; i < links->n; i++)
		tidy_instances(&links->at[i], links->instances + links->at[i].first_instance);
}

void links_init(struct links *links, struct evidence *evidence)
{
	struct building building = {.links = links, .evidence = evidence};

	*links = (struct links){.evidence = evidence, .pool = pool_new()};
	find_components(&building);
	file_deps(&building);
	find_back_links(&building);
	sort_links(&building);
	hand_out_instances(&building);
	graph_of_holds(&building, true, &links->holders);
	writers_init(&links->writers, evidence);
	free(building.component);
	free(building.filed);
	table_deinit(&building.known);
}

void links_deinit(struct links *links)
{
	digraph_deinit(&links->by_component);
	digraph_deinit(&links->holders);
	writers_deinit(&links->writers);
	free(links->at);
	free(links->wants);
	free(links->instances);
	pool_free(links->pool);
}

/* The first instance of a link by this thread or a later one; of the same thread, in this model or a later one. */
static uint32_t find_instance(const struct links *links, const struct link *link, uint32_t thread, uint32_t model)
{
	const struct instance *at = links->instances + link->first_instance;
	uint32_t low = 0, high = link->n_instances;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (at[middle].thread < thread || (at[middle].thread == thread && at[middle].model < model))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* By the main thread, which is thread 0 when runs are merged, or by any other of the trace. */
static bool has_model(const struct links *links, const struct link *link, uint32_t m)
{
	const struct instance *at = links->instances + link->first_instance;
	const uint32_t *first_thread = links->evidence->first_thread;
	uint32_t by_main = find_instance(links, link, 0, m), by_other;

	if (by_main < link->n_instances && !at[by_main].thread && at[by_main].model == m)
		return true;
	by_other = find_instance(links, link, first_thread[m] + !first_thread[m], 0);
	return by_other < link->n_instances && at[by_other].thread < first_thread[m + 1];
}

bool links_share_model(const struct links *links, const uint32_t *path, uint32_t n)
{
	const struct link *first = &links->at[path[0]];

	for (uint32_t i = 0, last = UINT32_MAX; i < first->n_instances; i++) {
		uint32_t m = links->instances[first->first_instance + i].model, k = 1;

		if (m == last)
			continue;
		last = m;
		while (k < n && has_model(links, &links->at[path[k]], m))
			k++;
		if (k == n)
			return true;
	}
	return false;
}

bool links_are_of_one_model(const struct links *links, const struct link *a, const struct link *b)
{
	uint32_t m = links->instances[a->first_instance].model;

	for (uint32_t i = 0; i < a->n_instances; i++)
		if (links->instances[a->first_instance + i].model != m)
			return false;
	for (uint32_t i = 0; i < b->n_instances; i++)
		if (links->instances[b->first_instance + i].model != m)
			return false;
	return true;
}
