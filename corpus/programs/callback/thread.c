#include <pthread.h>
#include "_cgo_export.h"

// Calls Go twice, so that the second call finds what the first one left behind.
static void *thread(void *unused) {
	onThread();
	onThread();
	return unused;
}

// Runs a thread from its start to its end.
void call_from_thread(void) {
	pthread_t id;
	if (pthread_create(&id, 0, thread, 0) == 0)
		pthread_join(id, 0);
}
