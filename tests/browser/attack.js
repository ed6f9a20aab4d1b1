// What a page can try on a server. Every attempt gives what the page could read, or in a word how it ended.

const JSON_TYPE = { "Content-Type": "application/json" };
const LATE = 10000;

/** Marks an address with the attempt, so that its answer can be told from others. */
const marked = (url, by) => `${url}${url.includes("?") ? "&" : "?"}by=${encodeURIComponent(by)}`;

const read = async (answer) => (answer.type === "opaque" ? "opaque" : `${answer.status} ${await answer.text()}`);

/** Loads an element of the page, and tells whether it came. */
const loaded = (tag, wish) =>
  new Promise((resolve) => {
    const element = Object.assign(document.createElement(tag), wish);
    element.onload = element.onloadeddata = element.oncanplay = () => resolve(`a ${tag} of it`);
    element.onerror = () => resolve("refused");
    document.body.append(element);
  });

/** Reads a frame after its next load. A browser also says that it has loaded what was refused. */
const framed = (tag, begin) =>
  new Promise((resolve) => {
    const frame = Object.assign(document.createElement(tag), { name: `frame${Math.random()}` });
    const look = () => {
      try {
        resolve(`framed ${frame.contentDocument.body.innerText}`);
      } catch {
        resolve("opaque");
      }
    };
    document.body.append(frame);
    begin(frame);
    frame.onload = look;
    frame.onerror = () => resolve("refused");
  });

/** Sends a form into a frame. The one field of a text/plain form is JSON but for a `=` in its last value. */
const form = (url, body, more) =>
  framed("iframe", (frame) => {
    const made = Object.assign(document.createElement("form"), { action: url, method: "post", target: frame.name });
    const [before, after] = [`${JSON.stringify(body).slice(0, -1)},"more":"`, '"}'];
    made.append(Object.assign(document.createElement("input"), { name: before, value: after }));
    made.rel = more.rel ?? "";
    made.enctype = more.enctype ?? "text/plain";
    document.body.append(made);
    made.submit();
  });

const beacon = (url, body) => (navigator.sendBeacon(url, body) ? "sent" : "refused");

const xhr = (url, body) =>
  new Promise((resolve) => {
    const asked = new XMLHttpRequest();
    asked.open("POST", url);
    asked.withCredentials = true;
    asked.onload = () => resolve(`${asked.status} ${asked.responseText}`);
    asked.onerror = () => resolve("refused");
    asked.send(body);
  });

/** Runs a fetch in a sandboxed frame, whose origin is `null`, or in a worker, and gives what that read. */
const elsewhere = (place, url, body) =>
  new Promise((resolve) => {
    const asked = `fetch(${JSON.stringify(url)}, {method: "POST", mode: "no-cors", credentials: "include",
      body: ${JSON.stringify(body)}}).then((answer) => answer.type, () => "refused")`;
    if (place === "worker") {
      const code = new Blob([`${asked}.then((told) => postMessage(told))`], { type: "text/javascript" });
      const worker = new Worker(URL.createObjectURL(code));
      worker.onmessage = (told) => resolve(told.data);
      worker.onerror = () => resolve("refused");
    } else {
      const frame = Object.assign(document.createElement("iframe"), { sandbox: "allow-scripts" });
      addEventListener("message", (told) => told.source === frame.contentWindow && resolve(told.data));
      frame.srcdoc = `<script>${asked}.then((told) => parent.postMessage(told, "*"))</script>`;
      document.body.append(frame);
    }
  });

const post = (url, more) => fetch(url, { method: "POST", credentials: "include", ...more }).then(read);
const blob = (body, type) => new Blob([body], type ? { type } : {});

/** How to send a body. */
const SENDERS = {
  fetch: (url, body) => post(url, { body, headers: JSON_TYPE }),
  "fetch with the password": (url, body, login) =>
    post(url, { body, headers: { ...JSON_TYPE, Authorization: `Basic ${btoa(login)}` } }),
  "fetch of text": (url, body) => post(url, { body }),
  "no-cors": (url, body) => post(url, { body, mode: "no-cors" }),
  "no-cors without a type": (url, body) => post(url, { body: blob(body), mode: "no-cors" }),
  "no-cors keepalive": (url, body) => post(url, { body, mode: "no-cors", keepalive: true }),
  "no-cors without a referrer": (url, body) => post(url, { body, mode: "no-cors", referrerPolicy: "no-referrer" }),
  xhr,
  beacon,
  "beacon without a type": (url, body) => beacon(url, blob(body)),
  "beacon of json": (url, body) => beacon(url, blob(body, "application/json")),
  "form of text": (url, body) => form(url, JSON.parse(body), {}),
  "form without a referrer": (url, body) => form(url, JSON.parse(body), { rel: "noreferrer" }),
  "form of fields": (url, body) => form(url, JSON.parse(body), { enctype: "application/x-www-form-urlencoded" }),
  "form of files": (url, body) => form(url, JSON.parse(body), { enctype: "multipart/form-data" }),
  worker: (url, body) => elsewhere("worker", url, body),
  sandbox: (url, body) => elsewhere("sandbox", url, body),
  redirect: (url, body) => post(`/go?to=${encodeURIComponent(url)}`, { body, mode: "no-cors" }),
};

/** How to ask for an address. */
const GETTERS = {
  get: (url) => fetch(url, { credentials: "include" }).then(read),
  "get with the password": (url, login) => fetch(url, { headers: { Authorization: `Basic ${btoa(login)}` } }).then(read),
  "get no-cors": (url) => fetch(url, { credentials: "include", mode: "no-cors" }).then(read),
  "get redirected": (url) => fetch(`/go?to=${encodeURIComponent(url)}`, { credentials: "include" }).then(read),
  image: (url) => loaded("img", { src: url }),
  script: (url) => loaded("script", { src: url }),
  module: (url) => loaded("script", { src: url, type: "module", crossOrigin: "use-credentials" }),
  style: (url) => loaded("link", { href: url, rel: "stylesheet" }),
  video: (url) => loaded("video", { src: url }),
  iframe: (url) => framed("iframe", (frame) => (frame.src = url)),
  object: (url) => framed("object", (frame) => (frame.data = url)),
  embed: (url) => framed("embed", (frame) => (frame.src = url)),
  events: (url) =>
    new Promise((resolve) => {
      const source = new EventSource(url, { withCredentials: true });
      source.onopen = () => resolve("a stream of it");
      source.onerror = () => resolve("refused");
    }),
};

const socket = (url) =>
  new Promise((resolve) => {
    const opened = new WebSocket(url, ["prefect"]);
    opened.onopen = () => resolve("a socket to it");
    opened.onerror = () => resolve("refused");
  });

/** Makes one attempt, of which nothing can stop the others. */
const tried = async (attempt) => {
  const late = new Promise((resolve) => setTimeout(() => resolve("late"), LATE));
  try {
    return String(await Promise.race([attempt(), late]));
  } catch {
    return "refused";
  }
};

/** Tries everything at the server at `base`. A body gets the attempt's name, which tells who made what. */
async function attack({ base, login, name, posts, gets, sockets }, senders = SENDERS, getters = GETTERS) {
  const attempts = {};
  for (const [what, { path, body }] of Object.entries(posts))
    for (const [how, send] of Object.entries(senders)) {
      const by = `${name}: ${what} by ${how}`;
      const text = JSON.stringify(body).replace("NAME", by);
      attempts[by] = () => send(marked(base + path, by), text, login);
    }
  for (const path of gets)
    for (const [how, get] of Object.entries(getters)) {
      const by = `${name}: ${path} by ${how}`;
      attempts[by] = () => get(marked(base + path, by), login);
    }
  for (const path of sockets) attempts[`${name}: ${path}`] = () => socket(base.replace("http", "ws") + path);
  const ends = await Promise.all(Object.values(attempts).map(tried));
  return Object.fromEntries(Object.keys(attempts).map((by, n) => [by, ends[n]]));
}
