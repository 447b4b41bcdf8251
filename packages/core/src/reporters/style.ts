/** Colours of a terminal, or none. Text is escaped before it is painted, so that paint is all the control there is. */
export interface Style {
  readonly bold: Paint
  readonly dim: Paint
  readonly red: Paint
  readonly yellow: Paint
  readonly cyan: Paint
}

export type Paint = (text: string) => string

const plain: Paint = (text) => text

const without: Style = { bold: plain, dim: plain, red: plain, yellow: plain, cyan: plain }

const coloured: Style = {
  bold: sgr(1, 22),
  dim: sgr(2, 22),
  red: sgr(31, 39),
  yellow: sgr(33, 39),
  cyan: sgr(36, 39),
}

export function styleOf(color: boolean | undefined): Style {
  return color ? coloured : without
}

function sgr(open: number, close: number): Paint {
  return (text) => `\u001b[${open}m${text}\u001b[${close}m`
}
