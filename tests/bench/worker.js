// A service worker as feeds have one: it keeps the page's code, and lets everything else through.
self.addEventListener('install', () => self.skipWaiting())
self.addEventListener('activate', event => event.waitUntil(self.clients.claim()))
self.addEventListener('fetch', event => {
	if (event.request.method !== 'GET' || !event.request.url.includes('?v='))
		return
	event.respondWith(caches.open('code').then(async cache => {
		const kept = await cache.match(event.request)
		if (kept)
			return kept
		const fresh = await fetch(event.request)
		if (fresh.type !== 'opaque')
			cache.put(event.request, fresh.clone())
		return fresh
	}))
})
