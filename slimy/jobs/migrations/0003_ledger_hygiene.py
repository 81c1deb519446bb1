from django.db import migrations, models


class Migration(migrations.Migration):
    """Open jobs have no entry in the index of finished ones; dead versions, two a job, go soon."""

    dependencies = [
        ('jobs', '0002_session_and_ring'),
    ]

    operations = [
        migrations.RemoveIndex(model_name='job', name='job_finished'),
        migrations.AddIndex(
            model_name='job',
            index=models.Index(condition=models.Q(('finished_at__isnull', False)), fields=['queue', 'status', '-finished_at'], name='job_finished'),
        ),
        migrations.RunSQL(
            """ALTER TABLE slimy_job SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 5000,
                                          autovacuum_analyze_scale_factor = 0.05)""",
            "ALTER TABLE slimy_job RESET (autovacuum_vacuum_scale_factor, autovacuum_vacuum_threshold, autovacuum_analyze_scale_factor)",
        ),
    ]
