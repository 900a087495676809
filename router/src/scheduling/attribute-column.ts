import type { Column } from '../plugin/column';
import { dataName } from '../plugin/data';
import type { EndpointTable } from '../plugin/endpoint-table';

/** Finds the column of a scalar attribute, which its producer may make later than the reader. */
export class AttributeColumn {
  private column: Column | undefined;

  /** `producer` is empty when any producer will do. */
  constructor(
    private readonly endpoints: EndpointTable,
    private readonly attribute: string,
    private readonly producer: string,
  ) {}

  /** The column, once somebody has made it. Values that are not known are NaN. */
  get(): Column | undefined {
    this.column ??= this.find();
    return this.column;
  }

  private find(): Column | undefined {
    const exact = this.endpoints.existingColumn(dataName(this.attribute, this.producer));
    if (exact !== undefined || this.producer !== '') return exact;
    const prefix = dataName(this.attribute, '');
    for (const name of this.endpoints.columnNames()) if (name.startsWith(prefix)) return this.endpoints.existingColumn(name);
    return undefined;
  }
}
