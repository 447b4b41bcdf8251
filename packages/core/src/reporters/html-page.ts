import { markup, prose, trusted } from './html-markup.js'
import type { Markup } from './html-markup.js'
import { STYLE, STYLE_HASH } from './html-style.js'
import { count } from './paragraph.js'
import type { RunError, RunInfo } from './run.js'

const MAX_INPUTS = 200

/** Nothing is let in but the one style: no script, no image, no address. */
const POLICY = `default-src 'none'; style-src '${STYLE_HASH}'; base-uri 'none'; form-action 'none'`

/**
 * The page around a report.
 *
 * @see https://www.w3.org/TR/CSP3/
 */
export function page(
  title: string,
  { version, inputs, errors = [] }: RunInfo,
  sections: readonly Markup[],
): string {
  const names = inputs.slice(0, MAX_INPUTS).map(({ name }) => markup`<li><code>${name}</code></li>`)
  const more =
    inputs.length > MAX_INPUTS ? markup`<li>and ${inputs.length - MAX_INPUTS} more</li>` : undefined
  const list =
    inputs.length === 0
      ? undefined
      : markup`<details><summary>${count(inputs.length, 'input')}</summary><ul>${names}${more}</ul></details>\n`
  return markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${trusted(POLICY)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>${title}</title>
<style>${trusted(STYLE)}</style>
</head>
<body>
<header>
<h1>${title}</h1>
<p class="muted">podtrust ${version}</p>
${list}</header>
<main>
${errors.length === 0 ? undefined : errorSection(errors)}${sections}</main>
<footer><p>Made by podtrust. Organization policies are not applied.</p></footer>
</body>
</html>
`.source
}

function errorSection(errors: readonly RunError[]): Markup {
  const items = errors.map(({ input, message, hint }) => {
    const where = input === undefined ? undefined : markup`<code>${input}</code>: `
    return markup`<li>${where}${prose(message)}${hint === undefined ? undefined : markup`; ${prose(hint)}`}</li>`
  })
  return markup`<section aria-labelledby="errors">
<h2 id="errors">Inputs that could not be read</h2>
<ul class="bad">${items}</ul>
</section>
`
}
