// Keeps the part of the page within #live up to date: when the server says over an
// event stream that something changed, or every few seconds without one.
(() => {
  'use strict';
  const live = document.getElementById('live');
  const news = document.getElementById('news');
  const link = document.getElementById('link');
  const every = 5000;
  let busy = false, again = false, said = '', timer = 0;

  const tell = (state, text) => {
    link.hidden = false;
    link.dataset.state = state;
    link.textContent = text;
  };

  // Someone who marks text must not lose it to an update.
  const marking = () => {
    const s = window.getSelection();
    return s && !s.isCollapsed && live.contains(s.anchorNode);
  };

  // The part that is folded, or not, by what has the focus.
  const foldedBy = (live) => {
    const x = live.contains(document.activeElement) && document.activeElement.closest('summary');
    return x ? x.parentElement.dataset.key : undefined;
  };

  const put = (html) => {
    const scrolls = [...live.querySelectorAll('.scroll')];
    const left = scrolls.map((x) => x.scrollLeft);
    const open = new Set([...live.querySelectorAll('details[open]')].map((x) => x.dataset.key));
    const folded = foldedBy(live);
    const active = document.activeElement;
    const href = live.contains(active) ? active.getAttribute('href') : null;
    const region = scrolls.indexOf(active);
    live.innerHTML = html;
    live.querySelectorAll('details').forEach((x) => {
      x.open = open.has(x.dataset.key);
      if (x.dataset.key === folded) x.querySelector('summary').focus({ preventScroll: true });
    });
    live.querySelectorAll('.scroll').forEach((x, i) => {
      x.scrollLeft = left[i] || 0;
      if (i === region) x.focus({ preventScroll: true });
    });
    if (href) {
      const a = [...live.querySelectorAll('a')].find((x) => x.getAttribute('href') === href);
      if (a) a.focus({ preventScroll: true });
    }
    const strip = live.querySelector('[data-news]');
    if (strip && strip.dataset.news !== said) {
      if (said) news.textContent = strip.dataset.news;
      said = strip.dataset.news;
    }
  };

  const refresh = async () => {
    if (busy) { again = true; return; }
    if (document.hidden || marking()) return;
    busy = true;
    try {
      const answer = await fetch(location.pathname + '?part', { cache: 'no-store' });
      if (!answer.ok) throw new Error(answer.status);
      put(await answer.text());
    } catch (e) {
      tell('off', '○ no answer from the node');
    }
    busy = false;
    if (again) { again = false; refresh(); }
  };

  const poll = () => {
    if (!timer) timer = setInterval(async () => { tell('poll', '↻ every 5 s'); await refresh(); }, every);
  };
  const stopPolling = () => { clearInterval(timer); timer = 0; };

  const listen = () => {
    if (!window.EventSource) { poll(); return; }
    const stream = new EventSource('/events');
    stream.onmessage = () => { stopPolling(); tell('live', '● live'); refresh(); };
    stream.onerror = () => {
      tell('off', '○ no answer from the node');
      poll();
      if (stream.readyState === EventSource.CLOSED) setTimeout(listen, 60000);
    };
  };

  const strip = live.querySelector('[data-news]');
  said = strip ? strip.dataset.news : '';
  document.addEventListener('visibilitychange', refresh);
  listen();
})();
