declare module "*.md?guide" {
  /** A page of docs/, rendered when the editor is built; see scripts/guides.ts. */
  const guide: import("../../scripts/guides").Guide;
  export default guide;
}
