/** The one stylesheet; served from a route of its own, because a strict Content-Security-Policy allows no inline style. */
export const STYLE = `:root {
  color-scheme: light dark;
  --ink: #16211d; --dim: #52605a; --paper: #f3f6f4; --card: #fff; --line: #d5ddd9;
  --main: #0a6447; --on-main: #fff; --note: #fff4d6; --on-note: #503c00;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ink: #e9efec; --dim: #a5b3ac; --paper: #121815; --card: #1c2420; --line: #36423c;
    --main: #6fdcb0; --on-main: #08251a; --note: #3a2f10; --on-note: #ffe7a6;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 1rem/1.55 system-ui, sans-serif; }
header { background: var(--card); border-bottom: 1px solid var(--line); }
header > div, main, footer { max-width: 46rem; margin: 0 auto; padding: 0 1rem; }
header > div { display: flex; flex-wrap: wrap; align-items: center; gap: .25rem 1rem; min-height: 3.75rem; }
header nav { display: flex; gap: 1rem; margin-right: auto; }
.brand { display: inline-flex; align-items: center; gap: .5rem; font-weight: 700; color: inherit; text-decoration: none; }
.brand img { width: 1.5rem; height: 1.5rem; }
header nav a { padding: .625rem 0; }
main { padding-top: 1.5rem; padding-bottom: 1rem; }
footer { padding-bottom: 2rem; }
h1 { font-size: 1.75rem; line-height: 1.2; margin: 0 0 1rem; }
h2 { font-size: 1.125rem; line-height: 1.3; margin: 0 0 .75rem; }
p { margin: 0 0 1rem; }
p:last-child { margin-bottom: 0; }
a { color: var(--main); text-underline-offset: .15em; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: .75rem; padding: 1.25rem; margin: 0 0 1rem; overflow-wrap: anywhere; }
.note { background: var(--note); color: var(--on-note); border-radius: .75rem; padding: .875rem 1.25rem; margin: 0 0 1rem; overflow-wrap: anywhere; }
.note a { color: inherit; }
.dim, footer, code { color: var(--dim); font-size: .875rem; }
.button { display: inline-block; padding: .625rem 1.25rem; border: 1px solid var(--main); border-radius: .5rem; background: var(--main); color: var(--on-main); font: inherit; font-weight: 600; text-decoration: none; cursor: pointer; }
.button.quiet { background: transparent; border-color: var(--line); color: var(--ink); padding: .375rem .875rem; font-weight: 400; }
.button:hover { filter: brightness(1.1); }
.button.quiet:hover { filter: none; border-color: var(--ink); }
a:focus-visible, button:focus-visible, input:focus-visible, select:focus-visible { outline: 3px solid var(--main); outline-offset: 3px; border-radius: .25rem; }
.actions { display: flex; flex-wrap: wrap; align-items: center; gap: .75rem 1.25rem; }
dl, ul { margin: 0; padding: 0; list-style: none; }
dl > div, li { padding: .625rem 0; border-top: 1px solid var(--line); }
dl > div:first-child, li:first-child { border-top: 0; padding-top: 0; }
dl > div:last-child, li:last-child { padding-bottom: 0; }
dt { color: var(--dim); font-size: .875rem; }
dd { margin: 0; }
li strong { display: block; font-weight: 600; }
.field label { display: block; }
.field .dim { display: block; }
.field input, .field select { width: 100%; margin-top: .25rem; padding: .5rem .625rem; border: 1px solid var(--line); border-radius: .5rem; background: var(--paper); color: var(--ink); font: inherit; }
dd { white-space: pre-line; }
ul + p, p + ul { margin-top: 1rem; }
@media (min-width: 40rem) {
  dl > div { display: grid; grid-template-columns: 9rem 1fr; align-items: baseline; }
  main { padding-top: 2.5rem; }
}
`;

/** The app's mark: a door that stands open. */
export const ICON = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24"><rect width="24" height="24" rx="6" fill="#0a6447"/><path d="M8 19V5h8v14M8 19h9M6 19h2M8 5l5 2.5V19" fill="none" stroke="#fff" stroke-width="1.6" stroke-linejoin="round" stroke-linecap="round"/></svg>
`;
