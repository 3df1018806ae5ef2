// Whoever imports a module's face as it runs, loads all that anybody needs of it; through this
// file it is the choice of a runtime alone.
export { selectRuntime } from "#runtime";
