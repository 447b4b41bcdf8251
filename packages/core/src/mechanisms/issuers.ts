import { Language } from '../automata/language.js'

/**
 * What an OIDC issuer is, told from its host and path alone (without `https://`).
 */

const EKS_HOSTS = [
  /^oidc\.eks\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?$/,
  /^oidc-eks\.([a-z0-9-]+)\.(?:api\.aws|api\.amazonwebservices\.(?:com\.cn|eu))$/,
]

export interface EksIssuer {
  readonly region: string
  /** The 32 characters after `/id/`. */
  readonly id: string
}

/**
 * The parts of an issuer of EKS form, else `undefined`.
 * @see https://docs.aws.amazon.com/eks/latest/userguide/enable-iam-roles-for-service-accounts.html
 */
export function parseEksIssuer(issuer: string): EksIssuer | undefined {
  const [host = '', path] = splitOnce(issuer, '/')
  const id = path?.startsWith('id/') ? path.slice(3) : undefined
  if (id === undefined || !/^[A-Za-z0-9]+$/.test(id)) return undefined
  for (const form of EKS_HOSTS) {
    const region = form.exec(host)?.[1]
    if (region !== undefined) return { region, id }
  }
  return undefined
}

function splitOnce(text: string, mark: string): [string, string | undefined] {
  const at = text.indexOf(mark)
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)]
}

/** How the subjects of a shared issuer begin, and what ends the part that names the owner. */
export interface SharedIssuer {
  readonly host: string
  readonly name: string
  /** Texts before the owner's name, such as `repo:`; none where only the issuer's path names it. */
  readonly ownerPrefixes: readonly string[]
  /** What ends the owner's name. */
  readonly ownerEnds: readonly string[]
  readonly ownerIs: string
  /** Whether a path of the issuer's URL names the owner, so that subjects need not. */
  readonly pathIsOwner?: true
  /** What stands between the owner and the name of a repository or project, and what can follow that name. */
  readonly repository: { readonly prefix: string; readonly rest: Language; readonly is: string }
  /** How a subject may go on after the owner's name, for examples. */
  readonly exampleRest: string
}

const colonFree = Language.lazy(() =>
  Language.charset([
    [0, 0x39],
    [0x3b, 0xffff],
  ]).repeat(1),
)
const slashFree = Language.lazy(() =>
  Language.charset([
    [0, 0x2e],
    [0x30, 0xffff],
  ]).repeat(1),
)
const digits = Language.lazy(() => Language.range(0x30, 0x39).repeat(1))
const text = (word: string): Language => Language.literal(word)

const AFTER_COLON = Language.glob([':', { wildcard: 'any-run' }])
/** @see https://docs.github.com/en/actions/reference/security/oidc: the default subjects, with and without ids */
const GITHUB_REST = Language.lazy(() =>
  text('')
    .union(text('@').concat(digits))
    .concat(
      text(':ref:refs/')
        .concat(colonFree)
        .union(text(':environment:').concat(colonFree))
        .union(text(':pull_request')),
    ),
)
const GITLAB_REST = Language.lazy(() =>
  text(':ref_type:').concat(colonFree).concat(text(':ref:')).concat(colonFree),
)
const HCP_TERRAFORM_REST = Language.lazy(() =>
  text(':workspace:').concat(colonFree).concat(text(':run_phase:')).concat(colonFree),
)
const CIRCLECI_REST = Language.lazy(() => text('/user/').concat(slashFree))

/**
 * Issuers that many customers share, so that a subject without its owner lets strangers in. IAM asks for a condition on
 * new roles of these.
 * @see IAM User Guide, "OIDC identity provider controls for shared providers"
 */
const SHARED_ISSUERS: readonly SharedIssuer[] = [
  {
    host: 'token.actions.githubusercontent.com',
    name: 'GitHub Actions',
    ownerPrefixes: ['repo:'],
    ownerEnds: ['/', '@'],
    ownerIs: 'organization or user',
    pathIsOwner: true,
    repository: { prefix: '', rest: GITHUB_REST, is: 'repository' },
    exampleRest: '/app:ref:refs/heads/main',
  },
  {
    host: 'gitlab.com',
    name: 'GitLab.com',
    ownerPrefixes: ['project_path:'],
    ownerEnds: ['/'],
    ownerIs: 'group',
    repository: { prefix: '', rest: GITLAB_REST, is: 'project' },
    exampleRest: '/app:ref_type:branch:ref:main',
  },
  {
    host: 'app.terraform.io',
    name: 'HCP Terraform',
    ownerPrefixes: ['organization:'],
    ownerEnds: [':'],
    ownerIs: 'organization',
    repository: { prefix: 'project:', rest: HCP_TERRAFORM_REST, is: 'project' },
    exampleRest: ':project:app:workspace:app:run_phase:apply',
  },
  {
    host: 'agent.buildkite.com',
    name: 'Buildkite',
    ownerPrefixes: ['organization:'],
    ownerEnds: [':'],
    ownerIs: 'organization',
    repository: { prefix: 'pipeline:', rest: AFTER_COLON, is: 'pipeline' },
    exampleRest: ':pipeline:app:ref:refs/heads/main',
  },
  {
    host: 'api.bitbucket.org',
    name: 'Bitbucket',
    ownerPrefixes: [],
    ownerEnds: [],
    ownerIs: 'workspace',
    pathIsOwner: true,
    repository: { prefix: '', rest: AFTER_COLON, is: 'repository' },
    exampleRest: '',
  },
  {
    host: 'oidc.circleci.com',
    name: 'CircleCI',
    ownerPrefixes: ['org/'],
    ownerEnds: ['/'],
    ownerIs: 'organization',
    pathIsOwner: true,
    repository: { prefix: 'project/', rest: CIRCLECI_REST, is: 'project' },
    exampleRest: '/project/app/user/app',
  },
  {
    host: 'oidc.codefresh.io',
    name: 'Codefresh',
    ownerPrefixes: ['account:'],
    ownerEnds: [':'],
    ownerIs: 'account',
    repository: { prefix: 'pipeline:', rest: AFTER_COLON, is: 'pipeline' },
    exampleRest: ':pipeline:app',
  },
  {
    host: 'proidc.upbound.io',
    name: 'Upbound',
    ownerPrefixes: ['mcp:'],
    ownerEnds: ['/'],
    ownerIs: 'organization',
    repository: { prefix: '', rest: AFTER_COLON, is: 'control plane' },
    exampleRest: '/app:provider:provider-aws',
  },
]

export function sharedIssuer(issuer: string): SharedIssuer | undefined {
  const host = issuer.split('/')[0] ?? ''
  return SHARED_ISSUERS.find((one) => one.host === host)
}

/**
 * Whether an issuer, given by host and path without `https://`, is at a host of EKS or of a service that many share, such
 * as GitHub Actions: an address there is nobody else's to take, whatever it answers.
 *
 * @example
 * isPlatformIssuer('token.actions.githubusercontent.com/my-org') // true
 * isPlatformIssuer('kops-oidc.s3.eu-west-1.amazonaws.com') // false
 */
export function isPlatformIssuer(issuer: string): boolean {
  const [host] = splitOnce(issuer, '/')
  return EKS_HOSTS.some((form) => form.test(host)) || sharedIssuer(issuer) !== undefined
}
