/* What this device keeps, for whom and until when. Used by the pages and by the service worker.

   Nothing is kept before the person has asked for it on this device. A record holds until midnight by the device's own
   clock and belongs to the person who was signed in; nobody else is shown it or sends it. */
self.device = (() => {
  "use strict";
  const NAME = "fravaer";
  const STORES = { owner: "id", registers: "path", outbox: "key" };

  const asked = (request) =>
    new Promise((resolve, reject) => {
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });

  const opened = () => {
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => {
      for (const [store, keyPath] of Object.entries(STORES)) {
        request.result.createObjectStore(store, { keyPath });
      }
    };
    return asked(request);
  };

  /* A database is made by opening it: whoever only reads must not leave an empty one behind. */
  const exists = async () => (await indexedDB.databases()).some((one) => one.name === NAME);

  const using = async (store, mode, work) => {
    const database = await opened();
    try {
      return await work(database.transaction(store, mode).objectStore(store));
    } finally {
      database.close();
    }
  };

  const all = async (store) =>
    (await exists()) ? using(store, "readonly", (rows) => asked(rows.getAll())) : [];

  const put = (store, row) => using(store, "readwrite", (rows) => asked(rows.put(row)));

  const remove = async (store, key) => {
    if (await exists()) await using(store, "readwrite", (rows) => asked(rows.delete(key)));
  };

  const midnight = () => {
    const day = new Date();
    day.setHours(24, 0, 0, 0);
    return day.getTime();
  };

  /* Away with what has had its day. When nothing is left, the database itself goes. */
  const purge = async () => {
    if (!(await exists())) return;
    let left = 0;
    for (const [store, keyPath] of Object.entries(STORES)) {
      for (const row of await all(store)) {
        if (row.until <= Date.now()) await remove(store, row[keyPath]);
        else left += 1;
      }
    }
    if (!left) await wipe();
  };

  const wipe = () => asked(indexedDB.deleteDatabase(NAME));

  const owner = async () => {
    const [row] = (await all("owner")).filter((one) => one.until > Date.now());
    return row ? row.person : null;
  };

  /* A register filled in without a connection. A later one of the same register takes the place of an earlier. */
  const queue = async (path, body) => {
    const person = await owner();
    if (!person) return null;
    const form = new URLSearchParams(body);
    form.delete("csrfmiddlewaretoken");
    const [register] = (await all("registers")).filter((one) => one.path === path);
    for (const earlier of await all("outbox")) {
      if (earlier.path === path && earlier.person === person) await remove("outbox", earlier.key);
    }
    const row = {
      key: form.get("key"),
      path,
      person,
      body: form.toString(),
      label: register ? register.label : "",
      phone: register ? register.phone : "",
      at: Date.now(),
      until: midnight(),
      state: "waiting",
    };
    await put("outbox", row);
    return row;
  };

  return { all, put, remove, purge, wipe, owner, queue, midnight, exists };
})();
