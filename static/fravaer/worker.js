/* The service worker. It keeps static files and one empty page; what a person keeps lies in IndexedDB (device.js).

   /sw.js says what is kept (KEPT, SHELL) before it imports this file. A page is always asked for over the net first. */
(() => {
  "use strict";
  const CACHE = "fravaer-static";
  const FINGERPRINT = /\.[0-9a-f]{12}\./;
  const REGISTER = /^\/r\/\d+\/\d{4}-\d{2}-\d{2}\/\w+\/$/;

  const keep = async () => {
    const cache = await caches.open(CACHE);
    const wanted = [...self.KEPT, self.SHELL].map((path) => new URL(path, self.location).href);
    /* Without cookies: the empty page is nobody's. */
    await cache.addAll(wanted.map((url) => new Request(url, { credentials: "omit", cache: "reload" })));
    for (const request of await cache.keys()) {
      if (!wanted.includes(request.url)) await cache.delete(request);
    }
  };

  self.addEventListener("install", (event) => {
    self.skipWaiting();
    event.waitUntil(keep());
  });

  self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

  const page = async (request) => {
    const path = new URL(request.url).pathname;
    const copy = request.method === "POST" && REGISTER.test(path) ? request.clone() : null;
    try {
      return await fetch(request);
    } catch (error) {
      if (copy) await self.device.queue(path, await copy.text());
      const shell = await caches.match(self.SHELL);
      if (!shell) throw error;
      return shell;
    }
  };

  self.addEventListener("fetch", (event) => {
    const { request } = event;
    if (request.mode === "navigate") {
      event.respondWith(page(request));
    } else if (request.method === "GET" && new URL(request.url).origin === self.location.origin) {
      const path = new URL(request.url).pathname;
      if (!self.KEPT.includes(path)) return;
      /* A file whose name carries a fingerprint never changes. Others, in development, are fresh while there is a net. */
      const kept = async (error) => (await caches.match(path)) || (error ? Promise.reject(error) : fetch(request));
      event.respondWith(FINGERPRINT.test(path) ? kept() : fetch(request).catch(kept));
    }
  });
})();
