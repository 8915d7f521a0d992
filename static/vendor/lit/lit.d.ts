/** The part of Lit 3.3 that `lit.js` beside this file exports, for `tsc`; the code is Lit's own, bundled. */
export interface TemplateResult { readonly strings: TemplateStringsArray; readonly values: unknown[] }
export interface Ref<T extends Element = Element> { readonly value?: T }
export const nothing: unique symbol
export const noChange: unique symbol
export function html(strings: TemplateStringsArray, ...values: unknown[]): TemplateResult
export function svg(strings: TemplateStringsArray, ...values: unknown[]): TemplateResult
export function css(strings: TemplateStringsArray, ...values: unknown[]): unknown
export function render(value: unknown, container: HTMLElement | DocumentFragment, options?: { host?: object }): unknown
export function repeat<T>(items: Iterable<T>, key: (item: T, index: number) => unknown, template: (item: T, index: number) => unknown): unknown
export function classMap(classes: Record<string, boolean | undefined>): unknown
export function ifDefined<T>(value: T): T | typeof nothing
export function live<T>(value: T): T
export function guard(values: unknown[], template: () => unknown): unknown
export function keyed(key: unknown, value: unknown): unknown
export function createRef<T extends Element = Element>(): Ref<T>
export function ref(target?: Ref | ((element?: Element) => void)): unknown
export class LitElement extends HTMLElement {
  static properties: Record<string, { type?: unknown; attribute?: boolean | string; reflect?: boolean; state?: boolean }>
  static styles: unknown
  readonly updateComplete: Promise<boolean>
  createRenderRoot(): HTMLElement | DocumentFragment
  render(): unknown
  requestUpdate(name?: PropertyKey, oldValue?: unknown): void
  connectedCallback(): void
  disconnectedCallback(): void
  protected willUpdate(changed: Map<PropertyKey, unknown>): void
  protected updated(changed: Map<PropertyKey, unknown>): void
  protected firstUpdated(changed: Map<PropertyKey, unknown>): void
}
